import Glibc
import MillraceCore
import MillraceEndpoints
import MillraceMapping
import MillraceSync
import MillraceTransport
import MillraceValues

/// Turns an endpoint as the site's file defines it into the settings of its kind; reads the secrets it names.
struct EndpointSettings {
    /// The site's folder.
    let folder: String
    /// Whether something stands for each secret that is not read: nothing may be sent then.
    var isLocked = false

    /// The endpoint of that definition.
    ///
    /// - Throws: `CommandFailure` with exit 12 where a secret cannot be read, 10 where the definition cannot be used.
    func endpoint(
        _ definition: EndpointDefinition, transport: any HTTPTransport, clock: Clock
    ) throws -> any Endpoint {
        do {
            switch definition.kind {
            case .http(let http):
                return try HTTPEndpoint(try settings(definition, http), transport: transport, now: clock.now)
            case .file(let file): return try FileEndpoint(try settings(definition, file))
            }
        } catch let error as EndpointError {
            throw CommandFailure(.invalidConfiguration, "endpoint '\(definition.id)': \(error)")
        }
    }

    private func settings(
        _ definition: EndpointDefinition, _ http: HTTPEndpointDefinition
    ) throws -> HTTPEndpointSettings {
        var settings = HTTPEndpointSettings(
            id: definition.id, address: try text(http.url), requests: try definition.requests.map(request))
        settings.delivers = definition.contract.delivers
        settings.concurrency = definition.contract.concurrency
        settings.perSecond = definition.contract.perSecond
        switch http.auth {
        case .none: settings.auth = .none
        case .bearer(let token): settings.auth = .bearer(Secret(try text(token)))
        case .basic(let user, let password):
            settings.auth = .basic(user: try text(user), password: Secret(try text(password)))
        case .header(let name, let value): settings.secretHeaders.append(.init(name, Secret(try text(value))))
        }
        settings.tls = TLSSettings(
            caFile: http.tls.ca.map(path), clientCertificate: http.tls.certificate.map(path),
            clientKey: http.tls.key.map(path))
        settings.headers = try http.headers.map { HTTPHeader($0.name, try text($0.value)) }
        settings.timeouts.total = http.timeouts.total
        settings.timeouts.connect = http.timeouts.connect
        if let lowSpeed = http.timeouts.lowSpeed { settings.timeouts.lowSpeedTime = lowSpeed }
        return settings
    }

    private func request(_ definition: RequestDefinition) throws -> HTTPRequestSettings {
        let contract = definition.contract
        guard let sends = definition.call else {
            throw EndpointError("request '\(contract.id.request)' says neither post, put nor patch")
        }
        var settings = HTTPRequestSettings(
            name: contract.id.request, call: try call(sends), quantity: contract.quantity, correct: contract.correct)
        let correction = try definition.correction.map(call)
        if contract.correct == .reverse { settings.reverse = correction }
        if contract.correct == .replace { settings.replace = correction }
        settings.inOrderBy = contract.inOrderBy
        settings.onceBy = contract.onceBy
        settings.keyLimit = contract.keyLimit
        settings.closedPeriods = contract.closedPeriods
        settings.classify = definition.classify.flatMap(rules)
        settings.receipt = try definition.receiptPath.map { try AnswerPath($0) }
        settings.resolve = try definition.resolve.map {
            HTTPResolving(
                $0.name, as: EndpointExpression.variable($0.name), try question($0.question),
                value: try AnswerPath($0.valuePath))
        }
        settings.lookUp = try definition.lookup.map { lookup in
            HTTPLookUpSettings(
                try question(lookup.question), there: { lookup.there.holds(on: $0) },
                notThere: notThere(lookup.notThere),
                receipt: try lookup.receiptPath.map { try AnswerPath($0) }, missingIs404: lookup.missingIs404)
        }
        settings.figure = try definition.read.map { read in
            HTTPFigureSettings(
                try question(read.question), figure: try figure(read.figure), zeroIs404: read.zeroIs404)
        }
        return settings
    }

    private func call(_ call: CallDefinition) throws -> HTTPCall {
        guard let verb = HTTPVerb(rawValue: call.method) else { throw EndpointError("'\(call.method)' does not write") }
        return HTTPCall(verb, try AddressTemplate(call.path.text))
    }

    private func question(_ definition: QuestionDefinition) throws -> HTTPQuestion {
        var question = HTTPQuestion(try AddressTemplate(definition.call.path.text))
        for value in definition.lets {
            question.names.append(
                .init(value.name, as: EndpointExpression.variable(value.name), calculation(value)))
        }
        question.body = definition.body.map(calculation)
        question.uses.formUnion(definition.lets.flatMap(\.values) + (definition.body?.values ?? []))
        return question
    }

    private func notThere(_ condition: Condition?) -> (@Sendable (Value) -> Bool)? {
        guard let condition else { return nil }
        return { condition.holds(on: $0) }
    }

    private func calculation(_ expression: EndpointExpression) -> HTTPQuestion.Calculation {
        { (inputs: ValueObject) throws(EndpointError) -> Value? in try expression.value(inputs) }
    }

    private func figure(_ figure: FigureRead.Figure) throws -> @Sendable (Value) throws(EndpointError) -> Value? {
        switch figure {
        case .path(let text):
            let path = try AnswerPath(text)
            return { (answer: Value) throws(EndpointError) -> Value? in path.value(in: answer) }
        case .expression(let expression):
            return { (answer: Value) throws(EndpointError) -> Value? in try expression.value(ofAnswer: answer) }
        }
    }

    private func rules(_ rule: ClassifyRule) -> [HTTPOutcomeRule] {
        var when: (@Sendable (Value) -> Bool)?
        if let condition = rule.when { when = { condition.holds(on: $0) } }
        func fitting(_ status: ClosedRange<Int>?) -> HTTPOutcomeRule {
            HTTPOutcomeRule(
                status: status, header: rule.header, headerValue: rule.headerValue, when: when, outcome: rule.outcome)
        }
        guard let codes = rule.status else { return [fitting(nil)] }
        return codes.sorted().map { fitting($0...$0) }
    }

    private func settings(
        _ definition: EndpointDefinition, _ file: FileEndpointDefinition
    ) throws -> FileEndpointSettings {
        var settings = FileEndpointSettings(
            id: definition.id, folder: path(file.folder), name: try FileNameTemplate(file.name.text),
            requests: definition.requests.map {
                var request = FileRequestSettings(
                    name: $0.contract.id.request, quantity: $0.contract.quantity, correct: $0.contract.correct)
                request.inOrderBy = $0.contract.inOrderBy
                request.onceBy = $0.contract.onceBy
                request.closedPeriods = $0.contract.closedPeriods
                return request
            })
        settings.format =
            switch file.format {
            case .json: .json
            case .ndjson: .ndjson
            case .csv: .csv
            case .xml: .xml
            }
        settings.delivers = definition.contract.delivers
        return settings
    }

    private func path(_ name: String) -> String { SiteFolder.resolve(name, in: folder) }

    /// The text with what it refers to; of a file its first line.
    private func text(_ text: ReferencedText) throws -> String {
        try text.resolved { (reference) throws -> String in
            if isLocked { return "locked" }
            switch reference {
            case .environment(let name):
                guard let value = SiteFolder.environment(name) else {
                    throw CommandFailure(
                        .credentialRefused, "the variable \(name) that the site's file names is not set")
                }
                return value
            case .file(let name): return try secret(name)
            }
        }
    }

    private func secret(_ name: String) throws -> String {
        let file = path(name)
        var status = stat()
        guard stat(file, &status) == 0, case .bytes(let bytes) = SiteFolder.read(file, as: name) else {
            throw CommandFailure(.credentialRefused, "the secret file '\(name)' cannot be read; make it, with mode 600")
        }
        if status.st_mode & 0o077 != 0 {
            throw CommandFailure(
                .credentialRefused, "the secret file '\(name)' can be read by others; run: chmod 600 \(name)")
        }
        return String(decoding: bytes.prefix { $0 != 0x0A && $0 != 0x0D }, as: UTF8.self)
    }
}
