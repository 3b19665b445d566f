/// What became of one attempt to deliver a document (RULES R22).
public enum Outcome: Hashable, Sendable {
    /// The endpoint has it.
    case done
    /// The endpoint had it already.
    case duplicate
    /// The endpoint took it and will say later.
    case accepted
    /// Surely nothing left this machine: safe to send again.
    case notSent
    /// The endpoint says that it did not execute it: safe to send again, after that long.
    case notExecuted(retryAfter: Duration?)
    /// Somebody else changed the thing meanwhile: safe to send again.
    case conflict
    /// The order is locked or closed: safe to send again, later.
    case businessHold
    /// Only a person can help: the document is parked.
    case refused
    /// Nothing can be sent: the endpoint is held.
    case auth
    /// The answer was lost: looked up before anything else.
    case unknown

    /// The word in files, tables and `--json`.
    public var word: String {
        switch self {
        case .done: "done"
        case .duplicate: "duplicate"
        case .accepted: "accepted"
        case .notSent: "not-sent"
        case .notExecuted: "not-executed"
        case .conflict: "conflict"
        case .businessHold: "business-hold"
        case .refused: "refused"
        case .auth: "auth"
        case .unknown: "unknown"
        }
    }

    /// All words, in the order of the cases.
    public static var words: [String] {
        let all: [Outcome] = [
            .done, .duplicate, .accepted, .notSent, .notExecuted(retryAfter: nil), .conflict, .businessHold, .refused,
            .auth, .unknown,
        ]
        return all.map(\.word)
    }

    /// The outcome of that word, without a retry time; nil for a word that is none.
    public init?(word: String) {
        switch word {
        case "done": self = .done
        case "duplicate": self = .duplicate
        case "accepted": self = .accepted
        case "not-sent": self = .notSent
        case "not-executed": self = .notExecuted(retryAfter: nil)
        case "conflict": self = .conflict
        case "business-hold": self = .businessHold
        case "refused": self = .refused
        case "auth": self = .auth
        case "unknown": self = .unknown
        default: return nil
        }
    }
}
