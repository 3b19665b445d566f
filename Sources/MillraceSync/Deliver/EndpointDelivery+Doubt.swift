import MillraceCore
import MillraceValues

/// What is decided before anything new is sent: documents that the endpoint took, and those whose answer was lost (RULES R23, R24).
extension EndpointDelivery {
    /// So long an endpoint may leave open what became of a document that it took.
    private static var longestJob: Duration { .seconds(86_400) }

    /// Looks up what the endpoint took; what it does not tell of in a day becomes unknown, for a look-up or a person to decide.
    func decideAccepted(_ report: inout DeliveryReport) async throws {
        var position: Int64 = 0
        var waited = Duration.zero
        while mayGoOn(), !Task.isCancelled {
            let documents = try outbox.documents(of: contract.id, in: .accepted, after: position, limit: Self.together)
            guard let last = documents.last else { return }
            position = last.id
            for document in documents {
                let canLookUp = contract.requests.first { $0.id == document.request }?.canLookUp ?? false
                let begun = clock.now()
                if canLookUp, waited < Self.longestAsking, try await !lookUp(document, &report) {
                    waited += clock.now() - begun
                }
                if document.changedAt + Self.longestJob > begun { continue }
                let change = DocumentChange(
                    id: document.id, from: [.accepted], to: .unknown,
                    cause: "the endpoint took it and has not said in a day what became of it", causeCode: "accepted")
                report.unknown += Int64(try outbox.record([change], by: run.text, now: clock.now()).count)
            }
        }
    }

    /// Looks unknown documents up, or repeats them where the endpoint recognises the repeat (RULES R23).
    func decideUnknown(_ report: inout DeliveryReport) async throws {
        var position: Int64 = 0
        var refusals = 0
        var waited = Duration.zero
        while mayGoOn(), !Task.isCancelled {
            let documents = try outbox.documents(of: contract.id, in: .unknown, after: position, limit: Self.together)
            guard let last = documents.last else { return }
            position = last.id
            var repeats: [Int64] = []
            for document in documents where document.notBefore <= clock.now() || document.causeCode == "run-died" {
                guard let request = contract.requests.first(where: { $0.id == document.request }) else { continue }
                let attempts = try outbox.attempts(of: document.id)
                let first = attempts.first { $0.delivery.outcome.mayBeRemembered }?.startedAt ?? document.changedAt
                if !document.mustNotRepeat, request.mayRepeat(age: clock.now() - first) {
                    repeats.append(document.id)
                } else if request.canLookUp, waited < Self.longestAsking {
                    let last = max(attempts.last?.endedAt ?? .distantPast, document.changedAt)
                    let begun = clock.now()
                    if begun > last + request.timeout * 2, try await !lookUp(document, &report) {
                        waited += clock.now() - begun
                    }
                }
            }
            try await sendAgain(repeats, &report, &refusals)
            if report.health.isHeld(at: clock.now()) { return }
        }
    }

    /// Looks one up; false where no answer came. What the endpoint took and has not booked yet stays accepted.
    private func lookUp(_ document: Document, _ report: inout DeliveryReport) async throws -> Bool {
        var change = DocumentChange(id: document.id, from: [document.state], to: .done)
        switch await endpoint.lookUp(document) {
        case .there(let receipt):
            change.receipt = receipt
            change.cause = "looked up: the endpoint has it"
            report.done += 1
        case .notThere where document.state == .accepted: return true
        case .notThere:
            change.to = .queued
            change.notBefore = clock.now()
            change.cause = "looked up: the endpoint does not have it"
            if let before = report.health.discardBefore, document.windowStart < before {
                // Nothing of a window before go-live is ever sent (RULES R17).
                (change.to, change.discard, change.causeCode) = (.discarded, .bookedByHand, "discard-before")
            }
        case .noAnswer, .notOffered: return false
        }
        _ = try outbox.record([change], by: run.text, now: clock.now())
        return true
    }

    private func sendAgain(_ ids: [Int64], _ report: inout DeliveryReport, _ refusals: inout Int) async throws {
        var rest = ids[...]
        while !rest.isEmpty, mayGoOn() {
            try noticePerson(&report)
            if report.health.isHeld(at: clock.now()) { return }
            let width = width(report.health)
            let documents = try outbox.leaseAgain(Array(rest.prefix(width)), by: run, now: clock.now())
            rest = rest.dropFirst(width)
            let results = await withTaskGroup(of: (Sending, Attempt).self) { group in
                for document in documents {
                    group.addTask { await send(Sending(document: document, wasUnknown: true)) }
                }
                return await group.reduce(into: []) { $0.append($1) }
            }
            let changes = results.map { judge($0.0, $0.1, &report, &refusals) }
            _ = try outbox.record(changes, by: run.text, now: clock.now())
        }
    }
}

extension Outcome {
    /// Whether the endpoint may remember the key from such an attempt.
    fileprivate var mayBeRemembered: Bool {
        switch self {
        case .done, .duplicate, .accepted, .unknown: true
        case .notSent, .notExecuted, .conflict, .businessHold, .refused, .auth: false
        }
    }
}
