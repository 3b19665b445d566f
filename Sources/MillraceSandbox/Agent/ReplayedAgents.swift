#if Web
import MillraceValues
import Synchronization

/// All replayed agents of a sandbox, by name.
///
/// The controls of one, `POST /_sandbox/agent/NAME` (a GET only tells its state):
///
/// | member | effect |
/// | --- | --- |
/// | `advanceTo: instant` | reveals the timeline up to it, and sets the clock |
/// | `advanceBy: n` | reveals n observations; the clock follows them |
/// | `restart: true`, `seed: none \| unavailable \| last` | a new instanceId, sequences from 1; what it observes at once |
/// | `html`, `down`, `truncated`: true or false | answers with a page, with 503, with half a document |
///
/// Several in one body: a restart comes first, then the advance.
final class ReplayedAgents: Sendable {
    private let agents: Mutex<[String: ReplayedAgent]>

    /// Reads all timelines.
    init(_ settings: [ReplaySettings]) throws(SandboxError) {
        var agents: [String: ReplayedAgent] = [:]
        for one in settings {
            let isPlain = one.name.allSatisfy { $0.isASCII && ($0.isLetter || $0.isNumber || "-_.".contains($0)) }
            guard isPlain, !one.name.isEmpty, agents[one.name] == nil else {
                throw .badSetting(
                    name: "agents", problem: "needs names of letters, digits, '-', '_' and '.', each once")
            }
            agents[one.name] = try ReplayedAgent(one)
        }
        self.agents = Mutex(agents)
    }

    /// Answers a request below `/agent/NAME`.
    func reply(to request: WireRequest) -> Reply {
        let name = request.path.count > 1 ? request.path[1] : ""
        // The documents are built outside the lock, from a copy that shares its storage.
        guard let agent = agents.withLock({ $0[name] }) else {
            return .fault(404, "not-found", "there is no agent '\(name)'")
        }
        return agent.reply(to: request)
    }

    /// Changes an agent, and tells its state.
    func control(_ name: String, _ request: WireRequest) throws(Refusal) -> Reply {
        let orders = request.method == "POST" ? try request.json() : .object(ValueObject())
        return try agents.withLock { agents throws(Refusal) in
            guard var agent = agents[name] else {
                throw Refusal(404, "not-found", "there is no agent '\(name)'")
            }
            try agent.obey(orders)
            agents[name] = agent
            return Reply(200, agent.state)
        }
    }
}

extension ReplayedAgent {
    /// Carries out a control's body; nothing is changed where a member of it is wrong.
    fileprivate mutating func obey(_ orders: Value) throws(Refusal) {
        var next = self
        for (name, member) in orders.object ?? ValueObject() {
            switch (name, member) {
            case ("restart", .bool(let on)):
                if on { next.restart(seeding: try Self.seeding(orders)) }
            case ("html", .bool(let on)), ("down", .bool(let on)), ("truncated", .bool(let on)):
                if let trouble = Trouble(rawValue: name) { next.set(trouble, on) }
            case ("seed", _), ("advanceTo", _), ("advanceBy", _): continue
            default: throw Refusal(400, "bad-control", "'\(name)' is unknown or has a wrong value", field: name)
            }
        }
        if let to = orders["advanceTo"] {
            guard let time = to.text.flatMap(ReplayTime.init) else {
                throw Refusal(400, "bad-control", "'advanceTo' must be like 2026-03-02T06:00:00Z", field: "advanceTo")
            }
            next.advance(to: time)
        }
        if let by = orders["advanceBy"] {
            guard let count = by.decimal?.integer, count >= 0 else {
                throw Refusal(400, "bad-control", "'advanceBy' must be a whole number from 0", field: "advanceBy")
            }
            next.advance(by: Int(count))
        }
        self = next
    }

    private static func seeding(_ orders: Value) throws(Refusal) -> Seeding {
        guard let seed = orders["seed"] else { return .none }
        guard let seeding = seed.text.flatMap(Seeding.init(rawValue:)) else {
            throw Refusal(400, "bad-control", "'seed' must be none, unavailable or last", field: "seed")
        }
        return seeding
    }

    /// Where it stands.
    fileprivate var state: Value {
        func number(_ value: Int) -> Value { .number(ExactDecimal(Int64(value))) }
        return [
            "instanceId": .number(ExactDecimal(instanceID)), "firstSequence": number(firstSequence),
            "lastSequence": number(lastSequence), "nextSequence": number(lastSequence + 1),
            "revealed": number(revealed), "remaining": number(timeline.observations.count - revealed),
            "clock": .string(clock.description), "trouble": trouble.map { .string($0.rawValue) } ?? .null,
        ]
    }
}
#endif
