import MillraceCore
import MillraceSync
import MillraceValues

/// The status as a person reads it.
struct StatusText {
    let status: Status
    let zone: Zone

    /// The lines: one sentence, what is stuck and what to type, then what is where.
    var lines: [String] {
        var lines = [status.sentence]
        for problem in status.problems { lines += [""] + text(of: problem) }
        if !status.notes.isEmpty { lines.append("") }
        for note in status.notes { lines += text(of: note) }
        for section in [connectors, endpoints, queue, openSums] where !section.isEmpty { lines += [""] + section }
        if let run = status.lastRun { lines += ["", "last run with work: " + Self.text(of: run, zone: zone)] }
        return lines
    }

    /// How a line is shown where colours are: the sentence by how things stand, troubles and what to type apart.
    func paint(_ line: String) -> Paint? {
        if line == status.sentence { return status.isWell ? .green : .red }
        return line.hasPrefix("- ") ? .yellow : line.hasPrefix("  → ") ? .blue : nil
    }

    private func text(of problem: Status.Problem) -> [String] {
        let since = problem.since.map { " (\(Words.since($0, now: status.now, zone: zone)))" } ?? ""
        var lines = ["- \(problem.sentence)\(since)"]
        if !problem.advice.isEmpty { lines.append("  → \(problem.advice)") }
        return lines
    }

    private var connectors: [String] {
        TextTable.lines(
            ["connector", "read through", "state"],
            status.connectors.map {
                [
                    $0.id.text, $0.pulledThrough.map { Words.time($0, zone: zone) } ?? "never",
                    $0.trouble == nil ? "ok" : "not read",
                ]
            })
    }

    private var endpoints: [String] {
        TextTable.lines(
            ["endpoint", "state", "books from"],
            status.endpoints.map { endpoint in
                let state =
                    !endpoint.delivers ? "off" : endpoint.isHeld ? "held (\(endpoint.health.causeCode))" : "open"
                return [
                    endpoint.id.text, state, endpoint.health.discardBefore.map { Words.time($0, zone: zone) } ?? "",
                ]
            })
    }

    private var queue: [String] {
        TextTable.lines(
            ["request", "state", "cause", "documents", "since", "oldest"],
            status.queue.filter { QueueList.open.contains($0.state) }.map {
                [
                    $0.request.description, $0.state.rawValue, $0.causeCode, "\($0.count)",
                    Words.time($0.since, zone: zone),
                    $0.oldestKey,
                ]
            }, width: TextTable.keyWidth)
    }

    private var openSums: [String] {
        TextTable.lines(
            ["request", "open sums", "windows end from", "to"],
            status.openSums.map {
                [
                    $0.request.description, "\($0.count)", Words.time($0.firstEnd, zone: zone),
                    Words.time($0.lastEnd, zone: zone),
                ]
            })
    }

    /// What a run did, `1 document, 17 readings`.
    static func figures(_ figures: [String: Int64]) -> String {
        figures.sorted { $0.key < $1.key }.map { word, figure in
            "\(figure) \(figure == 1 && word.hasSuffix("s") ? String(word.dropLast()) : word)"
        }.joined(separator: ", ")
    }

    /// A run in one line.
    static func text(of run: RunRecord, zone: Zone) -> String {
        let figures = figures(run.figures)
        return
            "\(Words.time(run.startedAt, zone: zone)), \(Words.age(run.endedAt - run.startedAt)), exit \(run.exitCode)"
            + (figures.isEmpty ? "" : ": \(figures)")
    }
}

/// The status as objects, one a line, with stable names.
struct StatusObjects {
    let status: Status

    /// All of them.
    var all: [Value] {
        [
            [
                "kind": "status", "at": .string(status.now.iso8601), "well": .bool(status.isWell),
                "sentence": .string(status.sentence),
            ]
        ]
            + status.problems.map { object($0, "problem") } + status.notes.map { object($0, "note") } + connectors
            + endpoints
            + queue + waiting
    }

    private func object(_ problem: Status.Problem, _ kind: Value) -> Value {
        [
            "kind": kind, "subject": .string(problem.subject), "sentence": .string(problem.sentence),
            "since": .optional(problem.since), "advice": .string(problem.advice),
            "needs-person": .bool(problem.needsPerson),
        ]
    }

    private var connectors: [Value] {
        status.connectors.map {
            [
                "kind": "connector", "connector": .string($0.id.text), "pulled-through": .optional($0.pulledThrough),
                "trouble": .optional($0.trouble), "since": .optional($0.since),
                "clock-ahead-ms": $0.clock.map { .number(ExactDecimal($0.offset.wholeMicroseconds / 1_000)) } ?? .null,
            ]
        }
    }

    private var endpoints: [Value] {
        status.endpoints.map {
            [
                "kind": "endpoint", "endpoint": .string($0.id.text), "deliver": .bool($0.delivers),
                "held": .bool($0.isHeld),
                "cause-code": .string($0.health.causeCode), "cause": .string($0.health.cause),
                "since": .optional($0.health.heldSince), "until": .optional($0.health.heldUntil),
                "discard-before": .optional($0.health.discardBefore),
            ]
        }
    }

    private var queue: [Value] {
        status.queue.map {
            [
                "kind": "queue", "endpoint": .string($0.request.endpoint.text),
                "request": .string($0.request.request.text),
                "state": .string($0.state.rawValue), "cause-code": .string($0.causeCode), "documents": .count($0.count),
                "since": .string($0.since.iso8601), "oldest": .string($0.oldestKey), "cause": .string($0.cause),
            ]
        }
    }

    private var waiting: [Value] {
        let standings: [Value] = status.standings.map {
            [
                "kind": "facts", "fact": .string($0.kind.rawValue), "standing": .string($0.standing.rawValue),
                "mapping": .string($0.mapping.text),
                "equipment": .optional($0.equipment), "rule": .string($0.rule), "facts": .count($0.facts),
                "good": .number($0.amounts.good), "scrap": .number($0.amounts.scrap),
                "rework": .number($0.amounts.rework),
                "since": .string($0.since.iso8601),
            ]
        }
        let setAside: [Value] = status.setAside.map {
            [
                "kind": "set-aside", "connector": .string($0.connector.text), "reason": .string($0.reason.rawValue),
                "rows": .count($0.count), "since": .string($0.since.iso8601), "place": .string($0.place.description),
                "sentence": .string($0.sentence),
            ]
        }
        let gaps: [Value] = status.gaps.map {
            [
                "kind": "gap", "connector": .string($0.connector.text), "source": .string($0.gap.source),
                "start": .optional($0.gap.start), "end": .optional($0.gap.end), "sentence": .string($0.gap.sentence),
                "recorded-at": .string($0.recordedAt.iso8601),
            ]
        }
        let openings: [Value] = status.openings.map { $0.object }
        let open: [Value] = status.openSums.map {
            [
                "kind": "open-sums", "endpoint": .string($0.request.endpoint.text),
                "request": .string($0.request.request.text), "sums": .count($0.count),
                "first-end": .string($0.firstEnd.iso8601), "last-end": .string($0.lastEnd.iso8601),
            ]
        }
        return standings + setAside + gaps + openings + open
    }
}

extension OpeningRow {
    /// The sum as an object.
    var object: Value {
        [
            "kind": "opening", "endpoint": .string(request.endpoint.text), "request": .string(request.request.text),
            "sum": .string(name), "opening": opening.map(Value.number) ?? .null, "total": .number(total.good),
        ]
    }
}
