import MillraceCore
import MillraceValues

/// Says of everything that is stuck what it is, since when, why and what to do, gravest first.
struct StatusProblems {
    private let status: Status
    private let plant: Plant

    init(_ status: Status, of plant: Plant) { (self.status, self.plant) = (status, plant) }

    var all: [Status.Problem] {
        store + locked + endpoints + connectors + documents(in: .unknown) + documents(in: .parked) + heldBack + openings
            + facts.filter { $0.subject != "facts shadowed" } + silent + setAside
    }

    var notes: [Status.Problem] { switchedOff + facts.filter { $0.subject == "facts shadowed" } + gaps + clocks }

    private var clocks: [Status.Problem] {
        let advice = "set the clock that is wrong; let both follow one time server"
        return status.connectors.flatMap { connector in
            let own = connector.clock?.sentence(of: connector.id).map {
                Problem(
                    subject: "clock \(connector.id)", sentence: $0, since: connector.clock?.at, advice: advice,
                    needsPerson: false)
            }
            return [own].compactMap { $0 }
                + connector.machines.sentences(now: status.now).map {
                    Problem(
                        subject: "clock \(connector.id) \($0.equipment)", sentence: $0.sentence, since: $0.at,
                        advice: advice, needsPerson: false)
                }
        }
    }

    private typealias Problem = Status.Problem

    private var store: [Status.Problem] {
        [("store", status.present.store), ("disk", status.present.disk)].compactMap { subject, sentence in
            sentence.map {
                Problem(subject: subject, sentence: $0, since: since(subject), advice: "", needsPerson: true)
            }
        }
    }

    /// Since when cron was told of it; nil where no run has seen it yet.
    private func since(_ subject: String) -> Instant? { status.told.first { $0.subject == subject }?.since }

    private var locked: [Status.Problem] {
        status.present.locked.sorted { $0.key < $1.key }.map { id, sentence in
            Problem(
                subject: "endpoint \(id)", sentence: "nothing is sent to endpoint '\(id)': \(sentence)",
                since: since("endpoint \(id)"), advice: "millrace endpoint test \(id)", needsPerson: true)
        }
    }

    private var endpoints: [Status.Problem] {
        status.endpoints.filter(\.isHeld).map { endpoint in
            let health = endpoint.health
            let advice: String
            switch health.causeCode {
            case "by-hand": advice = "millrace endpoint release \(endpoint.id)"
            case "was-off": advice = "millrace endpoint release \(endpoint.id) --discard-before TIME"
            case "restored": advice = "compare the books, then: millrace endpoint release \(endpoint.id) --reason TEXT"
            case "auth": advice = "mend the credential or certificate, then: millrace endpoint release \(endpoint.id)"
            default: advice = ""
            }
            let until = advice.isEmpty ? nextTry(health) : ""
            return Problem(
                subject: "endpoint \(endpoint.id)",
                sentence: "endpoint '\(endpoint.id)' is held (\(health.causeCode)): \(health.cause)\(until)",
                since: health.heldSince, advice: advice, needsPerson: !advice.isEmpty)
        }
    }

    /// Endpoints that the site's file switches off while documents wait: meant in a shadow run, and easily forgotten after it.
    private var switchedOff: [Status.Problem] {
        status.endpoints.filter { !$0.delivers }.compactMap { endpoint in
            let waiting = status.queue.filter { $0.request.endpoint == endpoint.id && $0.state == .queued }
            guard let since = waiting.map(\.since).min() else { return nil }
            let count = waiting.reduce(0) { $0 + $1.count }
            return Problem(
                subject: "endpoint \(endpoint.id) off",
                sentence:
                    "\(Words.count(count, "document")) \(count == 1 ? "waits" : "wait") at endpoint '\(endpoint.id)', which "
                    + "millrace.yaml switches off (deliver: false): nothing is sent there",
                since: since,
                advice:
                    "to send from now on: take 'deliver: false' out, millrace run, then: millrace endpoint release "
                    + "\(endpoint.id) --discard-before TIME", needsPerson: false)
        }
    }

    private func nextTry(_ health: EndpointHealth) -> String {
        guard let until = health.heldUntil else { return "" }
        if !health.isHeld(at: status.now) { return "; the next run tries it again" }
        return "; it is tried again at \(Words.time(until, zone: plant.calendar.settings.zone))"
    }

    private var connectors: [Status.Problem] {
        status.connectors.compactMap { connector in
            guard let trouble = connector.trouble else { return nil }
            return Problem(
                subject: "connector \(connector.id)", sentence: trouble, since: connector.since, advice: "",
                needsPerson: false)
        }
    }

    /// Documents that are tried again by themselves once somebody has done something at the endpoint.
    private var heldBack: [Status.Problem] { documents(in: .queued) { $0.causeCode == Outcome.businessHold.word } }

    private func documents(
        in state: DocumentState, where isShown: (QueueCount) -> Bool = { _ in true }
    ) -> [Status.Problem] {
        status.queue.filter { $0.state == state && $0.count > 0 && isShown($0) }.map { group in
            let code = ["", state.rawValue].contains(group.causeCode) ? "" : " (\(group.causeCode))"
            let advice = DocumentAdvice.text(
                state, cause: group.causeCode, request: group.request, key: group.oldestKey, count: group.count,
                contract: plant.contract(of: group.request))
            return Problem(
                subject: "\(group.request) \(state.rawValue)",
                sentence:
                    "\(Words.count(group.count, "document")) of \(group.request) \(group.count == 1 ? "is" : "are") "
                    + "\(state.rawValue)\(code): \(group.cause.isEmpty ? group.oldestKey : group.cause)",
                since: group.since, advice: advice, needsPerson: state != .unknown)
        }
    }

    private var openings: [Status.Problem] {
        Dictionary(grouping: status.openings, by: \.request).sorted { $0.key < $1.key }.map { request, rows in
            let names = rows.prefix(5).map(\.name).joined(separator: ", ") + (rows.count > 5 ? ", …" : "")
            return Problem(
                subject: "\(request) openings",
                sentence:
                    "\(Words.count(rows.count, "sum")) of \(request) \(rows.count == 1 ? "waits" : "wait") for the figure "
                    + "to begin at: \(names)",
                since: nil,
                advice:
                    "millrace endpoint opening \(request.endpoint) \(request.request) \(rows.first?.name ?? "VALUE")=FIGURE",
                needsPerson: true)
        }
    }

    /// Facts that wait: where many machines have the same trouble, it is told once.
    private var facts: [Status.Problem] {
        struct Trouble: Hashable { let standing: Standing, kind: FactKind, mapping: MappingName, rule: String }
        let groups = Dictionary(grouping: status.standings) {
            Trouble(standing: $0.standing, kind: $0.kind, mapping: $0.mapping, rule: $0.rule)
        }
        var told: Set<Trouble> = []
        return status.standings.compactMap { group in
            let trouble = Trouble(
                standing: group.standing, kind: group.kind, mapping: group.mapping, rule: group.rule)
            let all = groups[trouble] ?? []
            if all.count <= Self.silentShown { return problem(group, at: group.equipment) }
            guard told.insert(trouble).inserted else { return nil }
            let names = all.compactMap(\.equipment).prefix(Self.silentShown).joined(separator: ", ")
            var sum = group
            sum.facts = all.reduce(0) { $0 + $1.facts }
            sum.since = all.map(\.since).min() ?? group.since
            // Amounts that no decimal holds together are the first one's; the list has each.
            sum.amounts = all.dropFirst().reduce(group.amounts) { (try? $0.adding($1.amounts)) ?? $0 }  // try?: as said
            return problem(sum, at: "\(all.count) equipment (\(names), …)")
        }
    }

    private func problem(_ group: StandingCount, at place: String?) -> Status.Problem {
        let isInterval = group.kind == .downtime
        let what =
            "\(Words.count(group.facts, isInterval ? "interval" : "fact")) of \(group.mapping)"
            + (place.map { " at \($0)" } ?? "")
            + (isInterval ? "" : " (\(Words.amounts(group.amounts)))")
        let (words, advice): (String, String)
        switch group.standing {
        case .unattributed:
            (words, advice) = ("wait for an order", "add the row to the table; the next run finds it")
        case .unconfirmed:
            (words, advice) = (
                group.facts == 1 ? "is unconfirmed" : "are unconfirmed",
                "millrace fact list, then accept or reject \(group.facts == 1 ? "it" : "them")"
            )
        default:
            (words, advice) =
                isInterval
                ? ("are shadowed", "leave one mapping to tell them")
                : ("are shadowed by another source of the same count", "leave one mapping to count it")
        }
        return Problem(
            subject: "facts \(group.standing.rawValue)",
            sentence: what + " " + words + (group.rule.isEmpty ? "" : ": \(group.rule)"), since: group.since,
            advice: advice, needsPerson: true)
    }

    /// So many silent machines are told one by one; more of them are one trouble.
    private static var silentShown: Int { 5 }

    private var silent: [Status.Problem] {
        let advice = "millrace report alerts"
        if status.silent.count > Self.silentShown {
            let names = status.silent.prefix(Self.silentShown).map(\.subject).joined(separator: ", ")
            return [
                Problem(
                    subject: "silence",
                    sentence:
                        "\(status.silent.count) equipment count nothing although the shift runs: \(names), …; look at their connection",
                    since: status.silent.compactMap(\.start).min(), advice: advice, needsPerson: true)
            ]
        }
        return status.silent.map {
            Problem(
                subject: "silence \($0.subject)", sentence: "\($0.subject): \($0.sentence)", since: $0.start,
                advice: advice, needsPerson: true)
        }
    }

    private var setAside: [Status.Problem] {
        status.setAside.map { group in
            Problem(
                subject: "set aside \(group.connector)",
                sentence:
                    "\(Words.count(group.count, "row")) of '\(group.connector)' set aside (\(group.reason.rawValue)), "
                    + "the newest at \(group.line.map { "\(group.place.source):\($0)" } ?? group.place.description): \(group.sentence)",
                since: group.since,
                advice: group.reason == .unusable
                    ? "mend the mapping, then: millrace connector set-aside retry --connector \(group.connector) --reason TEXT"
                    : "millrace connector set-aside list --connector \(group.connector)",
                needsPerson: group.reason != .ahead)
        }
    }

    private var gaps: [Status.Problem] {
        status.gaps.map { recorded in
            Problem(
                subject: "gap \(recorded.connector)",
                sentence:
                    "readings of '\(recorded.connector)' were lost at \(recorded.gap.source): \(recorded.gap.sentence)",
                since: recorded.recordedAt, advice: "", needsPerson: false)
        }
    }
}
