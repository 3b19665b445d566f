import MillraceCore
import MillraceValues

/// What an attempt means for its document and its endpoint (RULES R22, R24): asks the outcome and never reads a text.
struct AfterAttempt {
    /// The document's next state and time.
    var change: DocumentChange
    /// What the endpoint has to wait for; nil where it goes on.
    var hold: Hold?

    /// Why nothing more is sent to an endpoint for a while.
    struct Hold: Equatable {
        /// The word: `down`, `throttled`, `auth`.
        var code: String
        /// The sentence.
        var cause: String
        /// For how long at the least; nil for the endpoint's own rhythm.
        var least: Duration?
    }

    /// Waits between attempts at one document: a minute, doubled each time, at most an hour.
    private static func pause(_ attempts: Int) -> Duration {
        .seconds(min(3600, 60 * (1 << min(max(0, attempts - 1), 6))))
    }

    /// Decides.
    ///
    /// - Shape: `wasUnknown` where the document was leased straight from unknown: then only done or duplicate end the doubt.
    init(_ attempt: Attempt, of document: Document, wasUnknown: Bool, jitter: Double) {
        let delivery = attempt.delivery
        let later = attempt.endedAt + Self.pause(document.attempts) * (0.75 + 0.5 * jitter)
        var change = DocumentChange(
            id: document.id, from: [.leased], to: .queued, cause: delivery.sentence, causeCode: delivery.outcome.word,
            receipt: delivery.receipt, attempt: attempt)
        switch delivery.outcome {
        case .done, .duplicate:
            change.to = .done
            change.causeCode = delivery.outcome == .duplicate ? "duplicate" : ""
            change.cause = delivery.outcome == .duplicate ? delivery.sentence : ""
        case .accepted: change.to = .accepted
        case .unknown:
            change.to = .unknown
            change.notBefore = later
        case .notSent:
            // An outage is not the document's fault: it goes first again as soon as the endpoint is back.
            hold = Hold(code: "down", cause: delivery.sentence)
        case .notExecuted(let after):
            change.notBefore = attempt.endedAt + (after ?? .seconds(5) * (0.75 + 0.5 * jitter))
            if let after { hold = Hold(code: "throttled", cause: delivery.sentence, least: after) }
        case .auth:
            hold = Hold(code: "auth", cause: delivery.sentence)
        case .conflict, .businessHold: change.notBefore = later
        case .refused: change.to = .parked
        }
        if wasUnknown, change.to != .done {
            change.to = .unknown
            change.notBefore = max(change.notBefore ?? later, later)
        }
        self.change = change
    }
}
