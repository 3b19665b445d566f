// Hot path: every document for an endpoint of kind http passes here. Guarded by `script/bench`.

public import MillraceCore
public import MillraceTransport
public import MillraceValues

/// A system that takes documents over HTTP, described by settings alone (DESIGN section 6): as JSON where a document's mapping
/// says no other form.
public struct HTTPEndpoint: Endpoint {
    /// What the endpoint promises.
    public let contract: EndpointContract
    let settings: HTTPEndpointSettings
    let mask: SecretMask
    let requests: [RequestName: HTTPRequestSettings]
    let transport: any HTTPTransport
    let now: @Sendable () -> Instant

    /// An endpoint of these settings.
    ///
    /// - Shape: `now` stamps answers that ask to wait until an instant.
    /// - Throws: the first setting that cannot be used, in one sentence.
    public init(
        _ settings: HTTPEndpointSettings, transport: any HTTPTransport, now: @escaping @Sendable () -> Instant
    ) throws(EndpointError) {
        try settings.check()
        self.settings = settings
        self.transport = transport
        self.now = now
        mask = SecretMask(settings)
        requests = Dictionary(settings.requests.map { ($0.name, $0) }) { first, _ in first }
        contract = EndpointContract(
            id: settings.id, delivers: settings.delivers, concurrency: max(1, settings.concurrency),
            perSecond: settings.perSecond,
            requests: settings.requests.map { $0.contract(of: settings.id, timeout: settings.timeouts.total) })
    }

    /// The body as JSON without blanks.
    public func encode(_ body: Value, for request: RequestName) throws(EndpointError) -> [UInt8] {
        guard requests[request] != nil else { throw unknown(request) }
        return JSONWriter.bytes(body)
    }

    /// For every request that it has.
    public func writesJSON(_ request: RequestName) -> Bool { requests[request] != nil }

    /// Sends the document once: by the request's own call, or the one that its purpose needs.
    public func deliver(_ document: Document) async -> Delivery {
        let (request, settings): (HTTPRequest, HTTPRequestSettings)
        do throws(EndpointError) {
            settings = try self.settings(of: document.request.request)
            let address = try call(for: document, of: settings).address
            switch await resolved(Set(address.fields), of: settings, fields: document.namedFields, key: document.key) {
            case .fields(let fields): request = try self.request(for: document, of: settings, fields: fields)
            case .failed(let outcome, let sentence): return Delivery(outcome, sentence: sentence)
            }
        } catch {
            // The document's own fault, and the same each time: nothing is sent, a person has to look.
            return Delivery(.refused, sentence: "endpoint '\(self.settings.id)', nothing was sent: \(error)")
        }
        switch await transport.send(request) {
        case .failed(let failure):
            return Delivery(
                HTTPOutcome.of(failure), status: failure.status, sentence: mask.masked(failure.message))
        case .answered(let answer):
            return delivery(answer, to: request, settings, document)
        }
    }

    private func delivery(
        _ answer: HTTPResponse, to request: HTTPRequest, _ settings: HTTPRequestSettings, _ document: Document
    ) -> Delivery {
        let json = answer.json
        let outcome = HTTPOutcome.of(answer, json: json, rules: settings.classify, now: now())
        var receipt: String?
        if [.done, .duplicate, .accepted].contains(outcome) {
            receipt = json.flatMap { settings.receipt?.text(in: $0) }
            // A replaced record keeps its number, also where the answer does not repeat it.
            if receipt == nil, document.purpose == .replace { receipt = document.fields["replaces.receipt"]?.plainText }
        }
        let sentence = HTTPSentence(place: place(request), endpoint: self.settings.id, mask: mask)
        return Delivery(
            outcome, receipt: receipt, status: answer.status,
            sentence: sentence.of(outcome, answer: answer, json: json),
            answer: mask.masked(answer.body, limit: 2048))
    }

    /// Asks for the document by its key.
    public func lookUp(_ document: Document) async -> LookUp {
        guard let request = requests[document.request.request], let lookUp = request.lookUp else { return .notOffered }
        // The endpoint knows the document by what the header said.
        var key = document.key
        if case .header = request.onceBy { key = DocumentKey.header(key, limit: request.keyLimit) }
        switch await ask(lookUp.question, of: request, fields: document.namedFields, key: key) {
        case .noAnswer(_, let sentence): return .noAnswer(sentence)
        case .missing(let sentence): return lookUp.missingIs404 ? .notThere : .noAnswer(sentence)
        case .answer(let json, let place):
            if lookUp.there(json) { return .there(receipt: lookUp.receipt?.text(in: json)) }
            guard json.object != nil || json.array != nil, lookUp.notThere.map({ $0(json) }) ?? true else {
                return .noAnswer("\(place): the answer does not say whether the document is there; check 'lookup'")
            }
            return .notThere
        }
    }

    /// Reads the figure there.
    public func readFigure(_ request: RequestName, fields: ValueObject) async -> FigureReading {
        guard let request = requests[request], let figure = request.figure else { return .notOffered }
        switch await ask(figure.question, of: request, fields: fields, key: nil) {
        case .noAnswer(_, let sentence): return .noAnswer(sentence)
        case .missing(let sentence): return figure.zeroIs404 ? .figure(.zero) : .noAnswer(sentence)
        case .answer(let json, let place):
            let found: Value?
            do throws(EndpointError) {
                found = try figure.figure(json)
            } catch {
                return .noAnswer("\(place): \(error)")
            }
            guard let number = found?.decimal ?? found?.text.flatMap({ ExactDecimal($0) }) else {
                return .noAnswer("\(place): the answer holds no number at the place of 'figure'; check 'read'")
            }
            return .figure(number)
        }
    }

    func settings(of request: RequestName) throws(EndpointError) -> HTTPRequestSettings {
        guard let found = requests[request] else { throw unknown(request) }
        return found
    }

    private func unknown(_ request: RequestName) -> EndpointError {
        let known = settings.requests.map { "'\($0.name)'" }.joined(separator: ", ")
        return EndpointError("endpoint '\(settings.id)' has no request '\(request)'; it has \(known)")
    }
}

extension HTTPResponse {
    /// The body as JSON; nil where it is none or was cut: what it says is only ever extra evidence.
    var json: Value? {
        if body.isEmpty || isBodyTruncated { return nil }
        do throws(JSONError) {
            return try JSONReader.read(body.span)
        } catch {
            return nil
        }
    }
}
