import MillraceCore
import MillraceTransport
import MillraceValues

extension HTTPEndpoint {
    /// The request that delivers a document.
    ///
    /// - Shape: `fields` are the document's, and what was asked for.
    /// - Throws: why this document can never be sent as it is.
    func request(
        for document: Document, of request: HTTPRequestSettings, fields: ValueObject
    ) throws(EndpointError) -> HTTPRequest {
        let call = try call(for: document, of: request)
        if document.body == nil, document.purpose != .cancel {
            throw EndpointError("the document has no body; make it anew with 'millrace queue remap'")
        }
        let path = try call.address.filled(fields: fields, key: document.key)
        var sent = bare(call.verb.rawValue, path)
        // Beyond the limit the beginning is kept: the status is evidence whatever the length.
        sent.overflow = .truncate
        sent.body = document.body
        if document.body != nil { sent.setDefault("Content-Type", document.contentType ?? "application/json") }
        if case .header(let name, _) = request.onceBy {
            sent.headers.append(HTTPHeader(name, DocumentKey.header(document.key, limit: request.keyLimit)))
        }
        return sent
    }

    /// The request that asks without changing anything.
    func request(_ question: HTTPQuestion, fields: ValueObject, key: String?) throws(EndpointError) -> HTTPRequest {
        let (path, body) = try question.filled(fields: fields, key: key)
        guard let body else { return bare("GET", path) }
        var asked = bare("POST", path)
        asked.body = body
        asked.isQuestion = true
        asked.setDefault("Content-Type", "application/json")
        return asked
    }

    /// The verb and the address without query, which may hold what only the endpoint should read.
    func place(_ request: HTTPRequest) -> String {
        mask.masked("\(request.method) \(request.url.prefix { $0 != "?" })")
    }

    func call(for document: Document, of request: HTTPRequestSettings) throws(EndpointError) -> HTTPCall {
        switch document.purpose {
        case .post: return request.call
        case .cancel:
            if let reverse = request.reverse { return reverse }
            throw EndpointError(
                "request '\(request.name)' has no 'reverse' call to take a document back; settle it by hand")
        case .replace:
            if let replace = request.replace { return replace }
            throw EndpointError(
                "request '\(request.name)' has no 'replace' call to correct a document; settle it by hand")
        }
    }

    func bare(_ method: String, _ path: String) -> HTTPRequest {
        var request = HTTPRequest(
            method: method, url: settings.joined(path), headers: settings.headers, auth: settings.auth,
            tls: settings.tls, timeouts: settings.timeouts, maxResponseBytes: max(1, settings.longestAnswer),
            addresses: settings.addresses, proxy: settings.proxy)
        request.headers += settings.secretHeaders.map { HTTPHeader($0.name, $0.value.exposed) }
        request.setDefault("Accept", "application/json")
        return request
    }
}

extension HTTPRequest {
    /// Sets a header unless the site's file has set it.
    fileprivate mutating func setDefault(_ name: String, _ value: String) {
        if headers.contains(where: { $0.name.lowercased() == name.lowercased() }) { return }
        headers.append(HTTPHeader(name, value))
    }
}

extension HTTPEndpointSettings {
    /// An address behind the endpoint's own, with one slash between.
    fileprivate func joined(_ path: String) -> String {
        (path.hasPrefix("/") && address.hasSuffix("/") ? String(address.dropLast()) : address) + path
    }

    /// Finds what would fail at the first document.
    func check() throws(EndpointError) {
        guard !address.contains(where: { $0 == "?" || $0 == "#" }) else {
            throw EndpointError("endpoint '\(id)': 'url' must hold no '?' and no '#'; queries belong to the requests")
        }
        var names: Set<RequestName> = []
        for request in requests {
            guard names.insert(request.name).inserted else {
                throw EndpointError("endpoint '\(id)': two requests are named '\(request.name)'; rename one")
            }
            if request.correct == .reverse, request.reverse == nil {
                throw EndpointError("endpoint '\(id)', request '\(request.name)': 'correct: reverse' needs its call")
            }
            if request.correct == .replace, request.replace == nil {
                throw EndpointError("endpoint '\(id)', request '\(request.name)': 'correct: replace' needs its call")
            }
            if case .absolute(_, .read) = request.quantity, request.figure == nil {
                throw EndpointError("endpoint '\(id)', request '\(request.name)': 'opening: read' needs 'read'")
            }
        }
    }
}

extension HTTPRequestSettings {
    /// What the request promises.
    func contract(of endpoint: EndpointID, timeout: Duration) -> RequestContract {
        var contract = RequestContract(
            id: RequestID(endpoint, name), quantity: quantity, correct: correct, inOrderBy: inOrderBy, onceBy: onceBy,
            canLookUp: lookUp != nil, canReadFigure: figure != nil, timeout: timeout, keyLimit: keyLimit,
            closedPeriods: closedPeriods)
        contract.correctsByReceipt = [reverse, replace].contains {
            $0?.address.fields.contains("replaces.receipt") ?? false
        }
        return contract
    }
}
