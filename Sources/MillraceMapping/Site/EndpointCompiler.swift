import MillraceCore
import MillraceValues
import MillraceYAML

/// Compiles one endpoint of a site's file.
struct EndpointCompiler {
    let member: MarkedMember
    let faults: DiagnosticList

    init(_ member: MarkedMember, faults: DiagnosticList) {
        self.member = member
        self.faults = faults
    }

    func definition() -> EndpointDefinition? {
        let reader = NodeReader(
            member.value, what: "endpoint '\(member.key)'", faults: faults, keys: EndpointKeys.endpoint)
        guard member.value.members != nil else { return nil }
        defer { reader.finish() }
        reader.notYet("uses", "write the keys of the endpoint into this file")
        let delivers = reader.flag("deliver") ?? true
        let (http, file) = (reader.reader("http"), reader.reader("file"))
        let requests = reader.members("requests", required: true) ?? []
        if requests.isEmpty, reader.optional("requests")?.members != nil {
            faults.error(.missingKey, at: reader.mark(of: "requests"), "endpoint '\(member.key)' has no request")
        }
        let kind: EndpointDefinition.Kind?
        var limit = Limit()
        var timeout = Duration.seconds(30)
        switch (http, file) {
        case (let http?, nil):
            let settings = httpSettings(http, &limit)
            kind = settings.map(EndpointDefinition.Kind.http)
            if let settings { timeout = settings.timeouts.total }
        case (nil, let file?):
            kind = fileSettings(file).map(EndpointDefinition.Kind.file)
            limit = Limit(concurrency: 1)
        default:
            kind = nil
            faults.error(
                .oneSource, at: member.keyMark, "endpoint '\(member.key)' needs exactly one of 'http' and 'file'")
        }
        let id = EndpointID(member.key)
        let definitions = requests.compactMap {
            RequestCompiler($0, endpoint: id, isFile: file != nil, timeout: timeout, faults: faults).definition()
        }
        guard let kind, definitions.count == requests.count else { return nil }
        let contract = EndpointContract(
            id: id, delivers: delivers, concurrency: limit.concurrency, perSecond: limit.perSecond,
            requests: definitions.map(\.contract))
        return EndpointDefinition(contract: contract, kind: kind, requests: definitions, mark: member.keyMark)
    }

    private struct Limit {
        var concurrency = 4
        var perSecond: Int?
    }

    private func fileSettings(_ file: NodeReader) -> FileEndpointDefinition? {
        defer { file.finish() }
        let folder = file.text("folder", required: true)
        let name = file.text("name", required: true)
        let format = file.word("format", FileEndpointDefinition.Format.self) ?? .json
        guard let folder, let name else { return nil }
        let mark = file.optional("name")?.mark ?? file.node.mark
        guard let template = faults.template(name, at: mark) else { return nil }
        if !template.fields.contains("key") || name.contains("/") {
            faults.error(
                .contradiction, at: mark,
                "the name of a file has '{key}' in it, so that each document has its own, and no '/'")
            return nil
        }
        return FileEndpointDefinition(
            folder: SitePath.resolve(folder, beside: faults.source.file), name: template, format: format)
    }

    private func httpSettings(_ http: NodeReader, _ limit: inout Limit) -> HTTPEndpointDefinition? {
        defer { http.finish() }
        let url = address(http)
        let auth = auth(http)
        var tls = HTTPEndpointDefinition.TLS()
        if let reader = http.reader("tls") {
            tls = HTTPEndpointDefinition.TLS(
                ca: path(reader, "ca"), certificate: path(reader, "certificate"), key: path(reader, "key"))
            reader.finish()
        }
        let headers = (http.members("headers") ?? []).compactMap(header)
        if let reader = http.reader("limit") {
            limit.concurrency = reader.integer("concurrency", in: 1...1_000) ?? limit.concurrency
            limit.perSecond = reader.integer("per-second", in: 1...1_000_000)
            reader.finish()
        }
        var timeouts = HTTPEndpointDefinition.Timeouts()
        if let reader = http.reader("timeout") {
            timeouts.total = reader.duration("total") ?? timeouts.total
            timeouts.connect = reader.duration("connect") ?? timeouts.connect
            timeouts.lowSpeed = reader.duration("low-speed")
            reader.finish()
        }
        guard let url, let auth else { return nil }
        return HTTPEndpointDefinition(url: url, auth: auth, tls: tls, headers: headers, timeouts: timeouts)
    }

    private func address(_ http: NodeReader) -> ReferencedText? {
        guard let text = http.text("url", required: true) else { return nil }
        let mark = http.optional("url")?.mark ?? http.node.mark
        guard let url = reference(text, at: mark) else { return nil }
        if text.hasPrefix("http://") || text.hasPrefix("https://") || text.hasPrefix("${") {
            if text.contains("@"), !text.contains("${") {
                faults.error(.secret, at: mark, "the url bears a name or password; write it below 'auth'")
            }
            return url
        }
        faults.error(.badScalar, at: mark, "the url begins with https:// or http://")
        return nil
    }

    private func auth(_ http: NodeReader) -> HTTPEndpointDefinition.Auth? {
        guard let auth = http.reader("auth") else { return HTTPEndpointDefinition.Auth.none }
        defer { auth.finish() }
        auth.allow(["bearer", "basic", "header"])
        guard let members = auth.node.members, members.count == 1 else {
            faults.error(.oneSource, at: auth.node.mark, "'auth' needs exactly one of 'bearer', 'basic' and 'header'")
            return nil
        }
        if let bearer = auth.reader("bearer") {
            defer { bearer.finish() }
            return secret(bearer, "token").map(HTTPEndpointDefinition.Auth.bearer)
        }
        if let basic = auth.reader("basic") {
            defer { basic.finish() }
            let user = basic.text("user", required: true)
                .flatMap { reference($0, at: basic.optional("user")?.mark ?? basic.node.mark) }
            guard let password = secret(basic, "password"), let user else { return nil }
            return .basic(user: user, password: password)
        }
        if let header = auth.reader("header") {
            defer { header.finish() }
            guard let name = header.text("name", required: true), let value = secret(header, "value") else {
                return nil
            }
            return .header(name: name, value: value)
        }
        return nil
    }

    /// A secret, which stands elsewhere (DESIGN section 5).
    private func secret(_ reader: NodeReader, _ key: String) -> ReferencedText? {
        guard let text = reader.text(key, required: true) else { return nil }
        let mark = reader.optional(key)?.mark ?? reader.node.mark
        guard let value = reference(text, at: mark) else { return nil }
        if !value.references.isEmpty { return value }
        faults.error(
            .secret, at: mark,
            "'\(key)' stands here for all to read; write ${env:NAME} or ${file:path} and keep it there")
        return nil
    }

    private func header(_ member: MarkedMember) -> HTTPEndpointDefinition.Header? {
        guard let text = faults.text(member.value, what: "header '\(member.key)'"),
            let value = reference(text, at: member.value.mark)
        else { return nil }
        let isSecret = ["authorization", "cookie", "x-api-key", "api-key", "x-auth-token"].contains(
            member.key.lowercased())
        if isSecret, value.isLiteral {
            faults.error(
                .secret, at: member.value.mark,
                "'\(member.key)' stands here for all to read; write ${env:NAME} or ${file:path} and keep it there")
            return nil
        }
        return HTTPEndpointDefinition.Header(name: member.key, value: value)
    }

    private func reference(_ text: String, at mark: SourceMark) -> ReferencedText? {
        if let value = ReferencedText(parsing: text, beside: faults.source.file) { return value }
        faults.error(
            .badScalar, at: mark,
            "a reference in the text is not closed or of no known kind; write ${env:NAME} or ${file:path}")
        return nil
    }

    private func path(_ reader: NodeReader, _ key: String) -> String? {
        guard let text = reader.text(key) else { return nil }
        guard let value = reference(text, at: reader.optional(key)?.mark ?? reader.node.mark) else { return nil }
        if case .reference(.file(let path))? = value.pieces.first, value.pieces.count == 1 { return path }
        return SitePath.resolve(text, beside: faults.source.file)
    }
}

extension DiagnosticList {
    /// A path with fields in braces; reported where a brace is not closed or a field is neither known nor one of `names`.
    func template(_ text: String, at mark: SourceMark, names: [String] = []) -> PathTemplate? {
        guard let template = PathTemplate(text) else {
            error(.badScalar, at: mark, "a brace in '\(text)' is not closed or empty; write a field such as {key}")
            return nil
        }
        let known = PathTemplate.known + names
        let unknown = template.fields.filter { !known.contains($0) }
        for name in unknown {
            error(
                .unknownName, at: mark,
                "there is no field '{\(name)}' for a path\(Suggestion.ending(for: name, among: known))")
        }
        return unknown.isEmpty ? template : nil
    }
}
