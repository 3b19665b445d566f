import MillraceCore
import MillraceSync
import MillraceValues

/// Documents as a person reads them.
enum QueueText {
    /// Grouped by request, state and cause, each with the sentence of its oldest.
    static func groups(
        _ documents: [Document], zone: Zone, contract: (RequestID) -> RequestContract?
    ) -> [String] {
        if documents.isEmpty { return ["Nothing waits."] }
        var groups: [[Document]] = []
        for (_, group) in Dictionary(
            grouping: documents, by: { "\($0.request)\u{0}\($0.state.rawValue)\u{0}\($0.causeCode)" }
        )
        .sorted(by: { $0.key < $1.key }) {
            groups.append(group)
        }
        var lines = TextTable.lines(
            ["request", "state", "cause", "documents", "since", "oldest"],
            groups.compactMap { group in
                guard let oldest = group.first else { return nil }
                let since = group.map(\.changedAt).min() ?? oldest.changedAt
                return [
                    oldest.request.description, oldest.state.rawValue, oldest.causeCode, "\(group.count)",
                    Words.time(since, zone: zone), oldest.key,
                ]
            }, width: TextTable.keyWidth)
        for group in groups {
            guard let oldest = group.first, !oldest.cause.isEmpty else { continue }
            lines.append("- \(oldest.key): \(oldest.cause)")
            let advice = DocumentAdvice.text(
                oldest.state, cause: oldest.causeCode, request: oldest.request, key: oldest.key, count: group.count,
                contract: contract(oldest.request))
            if !advice.isEmpty { lines.append("  → \(advice)") }
        }
        return lines
    }

    /// One line a document.
    static func rows(_ documents: [Document], zone: Zone) -> [String] {
        if documents.isEmpty { return ["Nothing waits."] }
        return TextTable.lines(
            ["key", "state", "cause", "amounts", "tries", "since"],
            documents.map {
                [
                    $0.key, $0.state.rawValue, $0.causeCode, $0.interval == nil ? Words.amounts($0.amounts) : "",
                    "\($0.attempts)", Words.time($0.changedAt, zone: zone),
                ]
            }, width: TextTable.keyWidth)
    }

    /// All of one document.
    static func page(_ document: Document, _ attempts: [Attempt], zone: Zone) -> [String] {
        var lines = [document.key, ""]
        var rows: [(String, String)] = [
            (
                "state",
                document.state.rawValue
                    + (document.causeCode.isEmpty || document.causeCode == document.state.rawValue
                        ? "" : " (\(document.causeCode))")
            ),
            ("since", Words.time(document.changedAt, zone: zone)),
        ]
        if !document.cause.isEmpty { rows.append(("why", document.cause)) }
        if document.state == .queued { rows.append(("not before", Words.time(document.notBefore, zone: zone))) }
        rows += [("request", document.request.description), ("does", document.purpose.rawValue)]
        if let interval = document.interval {
            let end = interval.end.map { Words.time($0, zone: zone) } ?? "goes on"
            rows.append(("interval", "\(interval.class.rawValue) \(Words.time(interval.start, zone: zone)) to \(end)"))
        } else {
            rows.append(("amounts", Words.amounts(document.amounts)))
        }
        rows.append(
            (
                "window",
                "\(Words.time(document.windowStart, zone: zone)) to \(Words.time(document.windowEnd, zone: zone))"
            ))
        rows.append(("mapping", "\(document.mapping) \(document.version.prefix(12))"))
        if let replaces = document.replaces { rows.append(("replaces", replaces)) }
        if let receipt = document.receipt { rows.append(("receipt", receipt)) }
        if let type = document.contentType { rows.append(("body", type)) }
        lines += rows.map { "\($0.0)\(String(repeating: " ", count: max(1, 12 - $0.0.count)))\($0.1)" }
        if !attempts.isEmpty {
            lines.append("")
            lines += TextTable.lines(
                ["tried at", "outcome", "status", "answer"],
                attempts.map {
                    [
                        Words.time($0.startedAt, zone: zone), $0.delivery.outcome.word,
                        $0.delivery.status.map(String.init) ?? "", $0.delivery.sentence,
                    ]
                })
        }
        lines += [""] + (document.body.map(BodyText.lines) ?? ["It has no body: its mapping parked it."])
        return lines
    }
}

extension Document {
    /// The document as one flat object, without its body.
    var object: Value { .object(members) }

    /// The document with its body.
    var whole: Value {
        var all = members
        all["body"] = .optional(body.map { String(decoding: $0, as: UTF8.self) })
        if let contentType { all["content-type"] = .string(contentType) }
        all["mapping"] = .string(mapping.text)
        all["version"] = .string(version)
        return .object(all)
    }

    private var members: ValueObject {
        var object = ValueObject([
            "kind": "document", "key": .string(key), "state": .string(state.rawValue),
            "endpoint": .string(request.endpoint.text), "request": .string(request.request.text),
            "purpose": .string(purpose.rawValue), "revision": .count(revision), "good": .number(amounts.good),
            "scrap": .number(amounts.scrap), "rework": .number(amounts.rework), "cause-code": .string(causeCode),
            "cause": .string(cause), "attempts": .count(attempts), "not-before": .string(notBefore.iso8601),
            "window-start": .string(windowStart.iso8601), "window-end": .string(windowEnd.iso8601),
            "since": .string(changedAt.iso8601), "created-at": .string(createdAt.iso8601),
            "receipt": .optional(receipt),
            "replaces": .optional(replaces), "discard": .optional(discard?.rawValue),
        ])
        if interval != nil { for name in ["good", "scrap", "rework"] { object[name] = nil } }
        return object
    }
}

extension Attempt {
    fileprivate func members(of document: Document) -> ValueObject {
        ValueObject([
            "kind": "attempt", "of": .string(document.key), "run": .string(run.text),
            "started-at": .string(startedAt.iso8601), "ended-at": .string(endedAt.iso8601),
            "outcome": .string(delivery.outcome.word), "status": delivery.status.map(Value.count) ?? .null,
            "sentence": .string(delivery.sentence), "receipt": .optional(delivery.receipt),
            "answer": .string(String(decoding: delivery.answer, as: UTF8.self)),
        ])
    }

    /// The attempt as an object.
    func object(of document: Document) -> Value { .object(members(of: document)) }
}

extension QueueResult {
    /// What became of the key as an object.
    var object: Value {
        switch outcome {
        case .changed(let from, let to):
            [
                "kind": "decision", "key": .string(key), "done": true, "from": .string(from.rawValue),
                "to": .string(to.rawValue), "sentence": .string(sentence),
            ]
        case .notFound, .ambiguous:
            ["kind": "decision", "key": .string(key), "done": false, "sentence": .string(sentence)]
        case .refused(let state, _):
            [
                "kind": "decision", "key": .string(key), "done": false, "from": .string(state.rawValue),
                "sentence": .string(sentence),
            ]
        }
    }
}
