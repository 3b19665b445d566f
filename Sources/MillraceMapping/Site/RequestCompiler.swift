import MillraceCore
import MillraceValues
import MillraceYAML

/// Compiles one request of an endpoint.
struct RequestCompiler {
    let member: MarkedMember
    let id: RequestID
    let isFile: Bool
    let timeout: Duration
    let faults: DiagnosticList

    init(_ member: MarkedMember, endpoint: EndpointID, isFile: Bool, timeout: Duration, faults: DiagnosticList) {
        self.member = member
        id = RequestID(endpoint, RequestName(member.key))
        self.isFile = isFile
        self.timeout = timeout
        self.faults = faults
    }

    private enum QuantityWord: String, CaseIterable { case delta, absolute }

    func definition() -> RequestDefinition? {
        let reader = NodeReader(
            member.value, what: "request '\(member.key)'", faults: faults, keys: EndpointKeys.request)
        guard member.value.members != nil else { return nil }
        let before = faults.errorCount
        defer { reader.finish() }
        for key in ["csrf", "encode", "steps", "success", "batch", "paging"] {
            reader.notYet(key, "only one call for each document can be made")
        }
        let resolve = isFile ? [] : resolving(reader)
        let found = resolve.map(\.name)
        let call = isFile ? nil : call(reader, ["post", "put", "patch"], isRequired: true, names: found)
        let (correct, correction) = correction(reader, names: found)
        let read = isFile ? nil : figureRead(reader, found: found)
        let lookup = isFile ? nil : keyLookup(reader, found: found)
        let quantity = quantity(reader, hasRead: read != nil)
        let onceBy = onceBy(reader)
        let classify = isFile ? [] : (reader.items("classify") ?? []).compactMap(classifyRule)
        var receipt: String?
        if !isFile, let capture = reader.reader("capture") {
            receipt = capture.text("receipt", required: true)
            capture.finish()
        }
        var contract = RequestContract(
            id: id, quantity: quantity, correct: correct, inOrderBy: reader.word("in-order-by", PerField.self),
            onceBy: onceBy, canLookUp: lookup != nil, canReadFigure: read != nil, timeout: timeout,
            keyLimit: reader.integer("key-limit", in: 52...8_192),
            closedPeriods: reader.word("closed-periods", RequestContract.ClosedPeriods.self) ?? .repost)
        contract.correctsByReceipt = correction?.path.fields.contains("replaces.receipt") ?? false
        guard faults.errorCount == before else { return nil }
        return RequestDefinition(
            contract: contract, call: call, correction: correction, resolve: resolve, read: read, lookup: lookup,
            classify: classify, receiptPath: receipt, mark: member.keyMark)
    }

    /// The one of the methods that is there, with its path; `names` can stand in braces besides a document's fields.
    func call(
        _ reader: NodeReader, _ methods: [String], isRequired: Bool, names: [String] = []
    ) -> CallDefinition? {
        let present = methods.filter { reader.optional($0) != nil }
        guard present.count == 1, let method = present.first else {
            if isRequired || present.count > 1 {
                let words = methods.map { "'\($0)'" }.joined(separator: ", ")
                faults.error(.oneSource, at: reader.node.mark, "\(reader.what) needs exactly one of \(words)")
            }
            return nil
        }
        guard let text = reader.text(method) else { return nil }
        let mark = reader.optional(method)?.mark ?? reader.node.mark
        guard let path = faults.template(text, at: mark, names: names) else { return nil }
        if !text.hasPrefix("/") {
            faults.error(.badScalar, at: mark, "the path '\(text)' begins with a '/'")
        }
        return CallDefinition(method: method.uppercased(), path: path)
    }

    private func quantity(_ reader: NodeReader, hasRead: Bool) -> RequestContract.Quantity {
        let word = reader.word("quantity", QuantityWord.self) ?? .delta
        let over = reader.texts("total-over")
        let opening = reader.word("opening", RequestContract.Opening.self)
        guard word == .absolute else {
            for key in ["total-over", "opening"] where reader.optional(key) != nil {
                faults.error(.contradiction, at: reader.mark(of: key), "'\(key)' belongs to 'quantity: absolute'")
            }
            return .delta
        }
        if over == nil {
            faults.error(
                .missingKey, at: member.keyMark, "an absolute request needs 'total-over', such as [order]")
        }
        if opening == nil, reader.optional("opening") == nil {
            faults.error(
                .missingKey, at: member.keyMark, "an absolute request needs 'opening', one of 0, ask, read")
        }
        if opening == .read, !hasRead {
            faults.error(.missingKey, at: reader.mark(of: "opening"), "'opening: read' needs 'read', which says how")
        }
        let fields = (over ?? []).compactMap { text -> PerField? in
            if let field = PerField(rawValue: text.text) { return field }
            let known = PerField.allCases.map(\.rawValue)
            faults.error(
                .unknownName, at: text.mark,
                "a total cannot go over '\(text.text)'\(Suggestion.ending(for: text.text, among: known))")
            return nil
        }
        return .absolute(totalOver: fields, opening: opening ?? .ask)
    }

    private func correction(
        _ reader: NodeReader, names: [String]
    ) -> (RequestContract.Correction, CallDefinition?) {
        // Without a word, a person decides: nothing is booked twice by a guess.
        guard let node = reader.optional("correct") else { return (.byHand, nil) }
        if let text = node.text {
            if text == "reverse" || text == "replace", !isFile {
                faults.error(
                    .wrongShape, at: node.mark,
                    "'correct: \(text)' needs its call, such as {\(text): {post: \"/…/{replaces.receipt}\"}}")
                return (.byHand, nil)
            }
            return (faults.word(node, RequestContract.Correction.self, what: "'correct'") ?? .byHand, nil)
        }
        let entry = NodeReader(node, what: "'correct'", faults: faults, keys: EndpointKeys.correct)
        defer { entry.finish() }
        for (key, correction) in [("reverse", RequestContract.Correction.reverse), ("replace", .replace)] {
            guard let inner = entry.reader(key) else { continue }
            let call = call(inner, ["post", "put", "patch", "delete"], isRequired: true, names: names)
            inner.finish()
            return (correction, call)
        }
        faults.error(.missingKey, at: node.mark, "'correct' is signed, by-hand, {reverse: …} or {replace: …}")
        return (.byHand, nil)
    }

    private func onceBy(_ reader: NodeReader) -> RequestContract.OnceBy {
        guard let node = reader.optional("once-by") else {
            // The same key gives the same file name, and an equal file is done (RULES R25).
            return isFile ? .absolute : .nothing
        }
        if let text = node.text {
            if text == "absolute" {
                if reader.optional("quantity")?.text != "absolute" {
                    faults.error(.contradiction, at: node.mark, "'once-by: absolute' belongs to 'quantity: absolute'")
                }
                return .absolute
            }
            faults.error(.unknownWord, at: node.mark, "'once-by' is absolute, {header: …} or {field: …}, not '\(text)'")
            return .nothing
        }
        let entry = NodeReader(node, what: "'once-by'", faults: faults, keys: EndpointKeys.onceBy)
        defer { entry.finish() }
        let (header, field) = (entry.text("header"), entry.text("field"))
        let remembered = entry.duration("remembered")
        switch (header, field) {
        case (let header?, nil): return .header(name: header, remembered: remembered)
        case (nil, let field?): return .field(name: field, remembered: remembered)
        default:
            faults.error(.oneSource, at: node.mark, "'once-by' needs exactly one of 'header' and 'field'")
            return .nothing
        }
    }

    private func classifyRule(_ node: MarkedNode) -> ClassifyRule? {
        let entry = NodeReader(
            node, what: "a rule of 'classify'", faults: faults, keys: EndpointKeys.classify)
        guard node.members != nil else { return nil }
        defer { entry.finish() }
        let status = entry.texts("status").map(codes)
        let when = entry.optional("when").map { faults.comparison($0, what: "'when'") }
        var (header, headerValue): (String?, String?) = (nil, nil)
        if let node = entry.optional("header") {
            if let text = node.text { header = text }
            if let first = node.members?.first { (header, headerValue) = (first.key, first.value.text) }
        }
        guard let word = entry.text("outcome", required: true) else { return nil }
        if status == nil, when == nil, header == nil {
            faults.error(.missingKey, at: node.mark, "a rule of 'classify' needs 'status', 'when' or 'header'")
        }
        guard let outcome = Outcome(word: word) else {
            faults.error(
                .unknownWord, at: entry.optional("outcome")?.mark ?? node.mark,
                "'\(word)' is no outcome\(Suggestion.ending(for: word, among: Outcome.words))")
            return nil
        }
        return ClassifyRule(
            status: status, when: when ?? nil, header: header, headerValue: headerValue, outcome: outcome)
    }

    /// `409`, `4xx`, or a list of them.
    private func codes(_ texts: [MarkedText]) -> Set<Int> {
        var codes = Set<Int>()
        for text in texts {
            if text.text.hasSuffix("xx"), text.text.utf8.count == 3, let hundred = Int(text.text.prefix(1)),
                (1...5).contains(hundred)
            {
                codes.formUnion(hundred * 100..<hundred * 100 + 100)
            } else if let code = Int(text.text), (100...599).contains(code) {
                codes.insert(code)
            } else {
                faults.error(.badScalar, at: text.mark, "'\(text.text)' is no status; write 409 or 4xx")
            }
        }
        return codes
    }
}
