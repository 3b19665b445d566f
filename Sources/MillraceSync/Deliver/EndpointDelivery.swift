// Hot path: every document passes here. Guarded by `script/bench`.

import MillraceCore
import MillraceValues

/// What delivering to one endpoint brought.
struct DeliveryReport: Sendable {
    /// The endpoint.
    var endpoint: EndpointID
    /// How many documents the endpoint has now that it had not before this run.
    var done: Int64 = 0
    /// How many were parked.
    var parked: Int64 = 0
    /// How many became unknown.
    var unknown: Int64 = 0
    /// How many requests were made.
    var attempts: Int64 = 0
    /// Why nothing more is sent, where that is so.
    var health = EndpointHealth()
    /// Whether the run's time was over with more to send.
    var isCutShort = false
    /// How many documents waited when it began.
    var waiting: Int64 = 0
    /// When it was last looked whether a person holds the endpoint.
    fileprivate var lookedAt = Instant.distantPast
    private var outcomes: [String: Int64] = [:]
    private var parkedFor: [String: Int64] = [:]
    private var durations = LengthHistogram.delivery
    private var lags = LengthHistogram.lag

    init(endpoint: EndpointID) { self.endpoint = endpoint }

    /// Notes an attempt for the counters.
    mutating func count(_ attempt: Attempt, of document: Document, became change: DocumentChange) {
        outcomes[attempt.delivery.outcome.word, default: 0] += 1
        durations.note(attempt.endedAt - attempt.startedAt)
        switch change.to {
        case .done: lags.note(attempt.endedAt - document.windowEnd)
        case .parked: parkedFor[change.causeCode, default: 0] += 1
        default: break
        }
    }

    /// What it adds to the counters that go on from run to run.
    var counted: CounterTally {
        var tally = CounterTally()
        let label = (name: "endpoint", value: endpoint.text)
        for (outcome, attempts) in outcomes {
            tally.add(attempts, to: "delivery_attempts_total", [label, ("outcome", outcome)])
        }
        tally.add(outcomes["duplicate"] ?? 0, to: "delivery_duplicates_suppressed_total", [label])
        for (reason, documents) in parkedFor {
            tally.add(documents, to: "dead_letter_records_total", [label, ("reason", reason)])
        }
        tally.add(durations, to: "delivery_duration_seconds", [label])
        tally.add(lags, to: "end_to_end_lag_seconds", [label])
        return tally
    }
}

/// Delivers what is due at one endpoint: leases, sends, records, in that order (RULES R21 to R24).
struct EndpointDelivery {
    let endpoint: any Endpoint
    let outbox: any Outbox
    let sums: any SumStore
    let run: RunID
    let clock: Clock
    let mayGoOn: @Sendable () -> Bool
    let progress: ProgressWatch?

    var contract: EndpointContract { endpoint.contract }
    /// How many documents are leased ahead where the endpoint recognises repeats, and recorded together.
    static var together: Int { 250 }
    /// So many answers in a row that execute nothing, or do not say what became of a document, hold the endpoint.
    private static var patience: Int { 5 }

    /// So long a run waits for look-ups of unknown documents, or of accepted ones, that bring no answer; the next one asks again.
    static var longestAsking: Duration { .seconds(60) }

    init(
        endpoint: any Endpoint, outbox: any Outbox, sums: any SumStore, run: RunID, clock: Clock,
        mayGoOn: @escaping @Sendable () -> Bool, progress: ProgressWatch? = nil
    ) {
        self.progress = progress
        self.endpoint = endpoint
        self.outbox = outbox
        self.sums = sums
        self.run = run
        self.clock = clock
        self.mayGoOn = mayGoOn
    }

    /// Sends until nothing is due, the endpoint is held, or the time is over.
    ///
    /// - Effects: every outcome is durable when this returns; leases that were not used are queued again.
    func deliver() async throws -> DeliveryReport {
        var report = DeliveryReport(endpoint: contract.id)
        report.health = try outbox.health(of: contract.id)
        if report.health.isHeld(at: clock.now()) { return report }
        guard try outbox.hasWork(for: contract.id, now: clock.now()) else { return report }
        if progress != nil { report.waiting = try waiting() }
        try await decideAccepted(&report)
        try await decideUnknown(&report)
        if !report.health.isHeld(at: clock.now()) { try await sendQueued(&report) }
        return report
    }

    /// How many documents there are to send or to look up.
    private func waiting() throws -> Int64 {
        try outbox.counts().filter { $0.request.endpoint == contract.id }.reduce(0) {
            $0 + ([.queued, .accepted, .unknown].contains($1.state) ? Int64($1.count) : 0)
        }
    }

    /// A document on its way.
    struct Sending: Sendable {
        var document: Document
        var wasUnknown: Bool
    }

    private func sendQueued(_ report: inout DeliveryReport) async throws {
        let onceByAll = contract.requests.allSatisfy { $0.onceBy != .nothing }
        // A lease is the intent to send: without deduplication a killed run leaves unknown what it leased, so it leases
        // no more than it sends at once.
        let ahead = onceByAll ? max(Self.together, contract.concurrency) : contract.concurrency
        var waiting: [Document] = try outbox.lease(
            upTo: ahead, for: contract.id, by: run, now: clock.now(), recording: [])
        try await withThrowingTaskGroup(of: (Sending, Attempt).self) { group in
            var flying = 0
            var changes: [DocumentChange] = []
            var refusals = 0
            var pace = Pace(perSecond: contract.perSecond)
            while true {
                try noticePerson(&report)
                let isOpen = !report.health.isHeld(at: clock.now()) && mayGoOn() && !Task.isCancelled
                while isOpen, flying < width(report.health), !waiting.isEmpty {
                    if let pause = pace.pause(at: clock.now()) { try await clock.sleep(pause) }
                    let sending = Sending(document: waiting.removeFirst(), wasUnknown: false)
                    group.addTask { await send(sending) }
                    flying += 1
                }
                if flying == 0 {
                    if !isOpen || waiting.isEmpty {
                        changes += waiting.map { $0.givenBack }
                        waiting = []
                        if !isOpen { break }
                    }
                    waiting = try outbox.lease(
                        upTo: ahead, for: contract.id, by: run, now: clock.now(), recording: changes)
                    changes = []
                    if waiting.isEmpty { return }
                    continue
                }
                guard let (sending, attempt) = try await group.next() else { break }
                flying -= 1
                let after = judge(sending, attempt, &report, &refusals)
                changes.append(after)
                let isDue = changes.count >= (onceByAll ? Self.together : 1)
                if isDue, isOpen, waiting.count < contract.concurrency {
                    waiting += try outbox.lease(
                        upTo: ahead - waiting.count - flying, for: contract.id, by: run, now: clock.now(),
                        recording: changes)
                    changes = []
                } else if isDue {
                    _ = try outbox.record(changes, by: run.text, now: clock.now())
                    changes = []
                }
            }
            _ = try outbox.record(changes, by: run.text, now: clock.now())
            if !mayGoOn() { report.isCutShort = true }
        }
    }

    /// Stops where a person has held the endpoint since the run began; it is looked for once a second, not before each document.
    func noticePerson(_ report: inout DeliveryReport) throws {
        let now = clock.now()
        if report.health.needsPerson || now - report.lookedAt < .seconds(1) { return }
        report.lookedAt = now
        let kept = try outbox.health(of: contract.id)
        if kept.needsPerson { report.health = kept }
    }

    /// How many are on their way at once: one alone to an endpoint that has not answered since it was down.
    func width(_ health: EndpointHealth) -> Int { health.failures > 0 ? 1 : contract.concurrency }

    func send(_ sending: Sending) async -> (Sending, Attempt) {
        let startedAt = clock.now()
        let delivery: Delivery
        if let stranger = await strangerFigure(sending.document) {
            delivery = stranger
        } else {
            delivery = await endpoint.deliver(sending.document)
        }
        return (sending, Attempt(run: run, startedAt: startedAt, endedAt: clock.now(), delivery: delivery))
    }

    /// Before an absolute write with a readable figure: a figure that is neither ours nor the opening parks the
    /// document (RULES R16).
    private func strangerFigure(_ document: Document) async -> Delivery? {
        guard let request = contract.requests.first(where: { $0.id == document.request }), request.canReadFigure,
            case .absolute = request.quantity
        else { return nil }
        guard case .figure(let figure) = await endpoint.readFigure(document.request.request, fields: document.fields)
        else {
            return nil
        }
        do {
            let documents = try sums.documents(of: document.sum)
            let stem = document.fields["sum"]?.text ?? ""
            let said = try sums.opening(stem: stem)
            let opening = said?.figure ?? .zero
            // Everything that may have been written by us counts as ours: a lost answer may have been executed.
            let ours = documents.filter { $0.id <= document.id && $0.attempts > 0 }.map(\.amounts.good)
            let figures = try ([said?.counted ?? .zero] + ours).map { try opening.adding($0) }
            if figures.contains(figure) { return nil }
            return Delivery(
                .refused,
                sentence:
                    "someone else booked: the figure there is \(figure), and neither the opening nor any of ours; "
                    + "settle it there, then 'millrace queue release'")
        } catch {
            return Delivery(.notSent, sentence: "the figure could not be compared: \(error)")
        }
    }

    func judge(
        _ sending: Sending, _ attempt: Attempt, _ report: inout DeliveryReport, _ refusals: inout Int
    ) -> DocumentChange {
        let after = AfterAttempt(
            attempt, of: sending.document, wasUnknown: sending.wasUnknown, jitter: clock.random())
        report.attempts += 1
        report.count(attempt, of: sending.document, became: after.change)
        progress?(
            RunProgress(
                subject: contract.id.text, unit: "documents", done: report.attempts,
                share: report.waiting > 0 ? min(1, Double(report.attempts) / Double(report.waiting)) : nil))
        switch after.change.to {
        case .done: report.done += 1
        case .parked: report.parked += 1
        case .unknown where !sending.wasUnknown: report.unknown += 1
        default: break
        }
        var hold = after.hold
        switch attempt.delivery.outcome {
        case .notExecuted:
            refusals += 1
            if hold == nil, refusals >= Self.patience { hold = .init(code: "down", cause: attempt.delivery.sentence) }
        case .unknown:
            // Each costs somebody a decision, so one that is down is tried with a single document.
            refusals += 1
            if refusals >= (report.health.failures > 0 ? 1 : Self.patience) {
                hold = .init(code: "down", cause: Self.saysNothing(attempt.delivery))
            }
        default: refusals = 0
        }
        if let hold {
            report.health.hold(hold, at: clock.now(), jitter: clock.random())
        } else if after.change.to == .done || after.change.to == .parked {
            report.health.recover()
        }
        return after.change
    }

    /// Why an endpoint that answers nothing certain is held; the same for each document, so that it is no news each time.
    private static func saysNothing(_ delivery: Delivery) -> String {
        let answer = delivery.status.map { "what it answers (\($0))" } ?? "the lack of answers"
        return "\(answer) does not say what became of documents, so nothing more is sent for now"
    }
}

/// Spaces the starts of requests where the endpoint takes only so many a second.
struct Pace {
    private let step: Duration?
    private var next = Instant.distantPast

    init(perSecond: Int?) {
        step = perSecond.flatMap { $0 > 0 ? .microseconds(1_000_000 / Int64($0)) : nil }
    }

    /// How long to wait before the next start; nil for not at all.
    mutating func pause(at now: Instant) -> Duration? {
        guard let step else { return nil }
        let start = max(now, next)
        next = start + step
        return start > now ? start - now : nil
    }
}

extension Document {
    /// A lease that was not used: nothing was sent (an orderly stop, RULES R21).
    fileprivate var givenBack: DocumentChange {
        DocumentChange(id: id, from: [.leased], to: .queued, cause: cause, causeCode: causeCode)
    }
}
