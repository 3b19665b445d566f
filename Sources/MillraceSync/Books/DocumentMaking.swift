// Hot path: every document is made here. Guarded by `script/bench`.

import MillraceCore
import MillraceFacts
import MillraceMapping
import MillraceValues

/// What making documents brought.
struct MakingReport: Sendable {
    /// How many documents were queued.
    var queued: Int64 = 0
    /// How many came into being parked.
    var parked: Int64 = 0
    /// How many came into being unknown, after a restore (RULES R26).
    var unknown: Int64 = 0
    /// How many first documents a `skip-when` left out.
    var skipped: Int64 = 0
    /// Absolute sums whose opening nobody has said yet.
    var waitingForOpening: [WaitingOpening] = []

    mutating func add(_ other: MakingReport) {
        queued += other.queued
        parked += other.parked
        unknown += other.unknown
        skipped += other.skipped
        waitingForOpening += other.waitingForOpening
    }

    /// A sum that waits for its opening.
    struct WaitingOpening: Sendable {
        let stem: String
        let contract: RequestContract
        let fields: ValueObject
    }
}

/// Judges windows and makes the documents of those that closed (RULES R11, R13 to R17).
struct DocumentMaking {
    let plant: Plant
    let store: any SumStore
    let endpoints: [EndpointID: any Endpoint]
    /// Who tells documents: corrections of what an older text made speak as it did.
    let speakers: Speakers
    let now: Instant
    /// Before this instant windows' documents begin as unknown-to-be-looked-up after a restore (RULES R26); of endpoints without one
    /// nothing.
    private let restoredBefore: [EndpointID: Instant]

    private static var chunk: Int { 200 }

    var closings: [MappingName: Closing]
    private let latest: Instant
    let discardBefore: [EndpointID: Instant]
    let mappings: [MappingName: DocumentMapping]
    var report = MakingReport()
    /// What was found out once of requests and mappings whose documents are plain.
    var plainMakers: [PlainMaker] = []

    /// Judges windows.
    ///
    /// - Shape: `through` says for each connector up to when it is read; `unreachable` which could not be read in this run. A connector that
    ///   the run was not asked for is neither: its windows wait for it as far as it was read.
    init(
        plant: Plant, store: any SumStore, outbox: any Outbox & RunStore, endpoints: [EndpointID: any Endpoint],
        compile: @escaping @Sendable (MappingText) throws -> DocumentMapping?, texts: [MappingText], now: Instant,
        through: [ConnectorID: Instant], unreachable: Set<ConnectorID>
    ) throws {
        self.plant = plant
        self.store = store
        self.endpoints = endpoints
        speakers = Speakers(store: store, compile: compile, texts: texts)
        self.now = now
        var closings: [MappingName: Closing] = [:]
        for mapping in plant.documentMappings {
            closings[mapping.name] = Self.closing(
                of: mapping.plan, plant, through: through, unreachable: unreachable, now: now)
        }
        self.closings = closings
        latest = closings.values.map(\.latest).max() ?? .distantPast
        mappings = Dictionary(plant.documentMappings.map { ($0.name, $0) }) { first, _ in first }
        var discarded: [EndpointID: Instant] = [:]
        var restored: [EndpointID: Instant] = [:]
        for endpoint in plant.endpoints {
            discarded[endpoint.id] = try outbox.health(of: endpoint.id).discardBefore
            restored[endpoint.id] = try outbox.note(StoreNote.restoredBefore(endpoint.id)).flatMap {
                Instant(iso8601: $0)
            }
        }
        discardBefore = discarded
        restoredBefore = restored
    }

    /// Makes the documents of sums taken for new whose windows closed, and stores both; gives back those it did not deal with.
    mutating func makeNew(_ sums: [(stem: String, sum: Sum)]) throws -> [(stem: String, sum: Sum)] {
        var rest: [(stem: String, sum: Sum)] = []
        // By the span, which lends a sum where the list would give a copy.
        let lent = sums.span
        for start in stride(from: 0, to: sums.count, by: Self.chunk) {
            var (plain, steps) = (PlainDocuments(), [DocumentStep]())
            for index in start..<min(start + Self.chunk, sums.count) {
                // One after the other in the order of their stems, whichever way they are made.
                if try makePlain(lent[index].stem, lent[index].sum, into: &plain) {
                    if !steps.isEmpty { rest += try store(&steps) }
                    continue
                }
                guard var step = try judged(sums[index].stem, sums[index].sum) else {
                    rest.append(sums[index])
                    continue
                }
                if !plain.rows.isEmpty { rest += try store(&plain, sums[start..<index]) }
                step.new = sums[index]
                steps.append(step)
            }
            rest += try store(&steps)
            rest += try store(&plain, sums[start..<min(start + Self.chunk, sums.count)])
        }
        return rest
    }

    /// Stores new sums with their documents; those whose stem is stored already, for they are no new sums: what they add is added
    /// there, and judged with the changed ones.
    private func store(_ steps: inout [DocumentStep]) throws -> [(stem: String, sum: Sum)] {
        let known = try store.make(steps, now: now)
        defer { steps = [] }
        return known.isEmpty ? [] : steps.compactMap(\.new).filter { known.contains($0.stem) }
    }

    private func store(
        _ plain: inout PlainDocuments, _ sums: ArraySlice<(stem: String, sum: Sum)>
    ) throws -> [(stem: String, sum: Sum)] {
        let known = try store.make(plain, now: now)
        plain = PlainDocuments()
        return known.isEmpty ? [] : sums.filter { known.contains($0.stem) }
    }

    /// Makes the documents of stored sums that changed.
    mutating func makeChanged() throws {
        var position: Int64 = 0
        while true {
            let sums = try store.changedSums(after: position, endingBy: latest, limit: Self.chunk)
            guard let last = sums.last else { return }
            position = last.sum.id
            var steps: [DocumentStep] = []
            for (stem, sum) in sums { if let step = try judged(stem, sum) { steps.append(step) } }
            _ = try store.make(steps, now: now)
        }
    }

    /// What is to be done for a sum; nil where it has to wait.
    private mutating func judged(_ stem: String, _ sum: Sum) throws -> DocumentStep? {
        guard let mapping = mappings[sum.mapping], let closing = closings[sum.mapping], closing.isClosed(sum.windowEnd),
            let contract = plant.contract(of: sum.identity.request)
        else { return nil }
        if awaitsReason(sum, mapping.plan) { return nil }
        if let before = discardBefore[contract.id.endpoint], sum.windowStart < before {
            return DocumentStep(sum: sum.id, revision: sum.revision, isSettled: true, superseded: [], documents: [])
        }
        return try step(stem, sum, mapping, contract)
    }

    /// Whether the first document of a stop still waits for somebody to say why it stood.
    private func awaitsReason(_ sum: Sum, _ plan: SumPlan) -> Bool {
        guard let wait = plan.awaitsReason, sum.revision == 0, let interval = sum.interval, let end = interval.end
        else {
            return false
        }
        let isMissing = interval.reason.map { wait.none.contains($0) } ?? true
        return isMissing && now < end + wait.length
    }

    /// When windows of a mapping close.
    struct Closing {
        /// A window that ended by this instant is closed.
        var by: Instant
        /// A window that ended by this instant is closed although a source could not be read (RULES R13: provisional).
        var provisionallyBy: Instant?

        var latest: Instant { max(by, provisionallyBy ?? .distantPast) }
        func isClosed(_ end: Instant) -> Bool { end <= latest }

        /// Takes a window for closed that has a document, or that ended before one that has.
        ///
        /// A run that finds nothing unread closes windows and stores no watermark (RULES R27), so that the stored ones say less.
        mutating func see(_ documents: [Document]) {
            for document in documents {
                if document.fields["provisional"] != nil {
                    provisionallyBy = max(provisionallyBy ?? .distantPast, document.windowEnd)
                } else {
                    by = max(by, document.windowEnd)
                }
            }
        }
    }

    private static func closing(
        of plan: SumPlan, _ plant: Plant, through: [ConnectorID: Instant], unreachable: Set<ConnectorID>,
        now: Instant
    ) -> Closing {
        if plan.kind == .downtime { return Closing(by: .distantFuture) }
        let feeders = plant.feeders(of: plan.kind)
        let all = feeders.map { through[$0] ?? .distantPast }.min() ?? .distantPast
        if feeders.isDisjoint(with: unreachable) { return Closing(by: all - plan.settle) }
        let readable = feeders.subtracting(unreachable).map { through[$0] ?? .distantPast }.min() ?? .distantFuture
        return Closing(by: all - plan.settle, provisionallyBy: min(readable - plan.settle, now - plan.atMost))
    }

    private mutating func step(
        _ stem: String, _ sum: Sum, _ current: DocumentMapping, _ contract: RequestContract
    ) throws -> DocumentStep? {
        let documents = sum.revision == 0 ? [] : try store.documents(of: sum.id)
        let opening = try opening(stem, contract)
        if case .absolute = contract.quantity, opening == nil, documents.allSatisfy({ !$0.state.isInDoubt }) {
            report.waitingForOpening.append(.init(stem: stem, contract: contract, fields: sum.fields))
            return nil
        }
        let decision = Ledger.next(
            sum: sum, contract: contract, documents: documents, opening: opening.map { Amounts(good: $0) })
        switch decision {
        case .nothing:
            return DocumentStep(sum: sum.id, revision: sum.revision, isSettled: true, superseded: [], documents: [])
        case .wait: return nil
        case .make(let superseded, let planned):
            if sum.revision == 0, current.maySkip, let first = planned.first, planned.count == 1,
                current.skips(inputs(first, sum, key: ""))
            {
                report.skipped += 1
                return DocumentStep(sum: sum.id, revision: 0, isSettled: true, superseded: [], documents: [])
            }
            var made: [Document] = []
            for plan in planned {
                let document = try document(plan, stem, sum, current, contract, documents)
                switch document.state {
                case .parked: report.parked += 1
                case .unknown: report.unknown += 1
                default: report.queued += 1
                }
                made.append(document)
            }
            return step(sum, superseded: superseded, documents, made)
        }
    }

    func step(_ sum: Sum, superseded: [Int64], _ documents: [Document], _ made: [Document]) -> DocumentStep {
        let states = Dictionary(documents.map { ($0.id, $0.state) }) { first, _ in first }
        var step = DocumentStep(
            sum: sum.id, revision: made.last?.revision ?? sum.revision, isSettled: true,
            superseded: superseded.compactMap { id in states[id].map { (id, $0) } }, documents: made)
        step.texts = speakers.texts(of: made)
        return step
    }

    /// The opening of an absolute sum; nil while nobody has said it.
    func opening(_ stem: String, _ contract: RequestContract) throws -> ExactDecimal? {
        guard case .absolute(_, let opening) = contract.quantity else { return nil }
        if opening == .zero { return try store.opening(stem: stem)?.figure ?? .zero }
        return try store.opening(stem: stem)?.figure
    }

    func document(
        _ plan: PlannedDocument, _ sumStem: String, _ sum: Sum, _ current: DocumentMapping, _ contract: RequestContract,
        _ earlier: [Document]
    ) throws -> Document {
        // A delta's sum has its own window in its stem; an absolute one's goes by `per` alone, the key by the rhythm's
        // window.
        var isAbsolute = false
        if case .absolute = contract.quantity, sum.identity.kind == .productionCount { isAbsolute = true }
        let stem =
            isAbsolute
            ? DocumentKey.stem(
                site: plant.site, request: sum.identity.request, kind: sum.identity.kind, windowStart: sum.windowStart,
                perValues: sum.identity.perValues) : sumStem
        let key = DocumentKey.key(stem: stem, revision: plan.revision)
        let speaker = try speaker(plan, current, earlier)
        var fields = sum.booked
        fields["sum"] = .string(sumStem)
        if let replaces = plan.replaces {
            fields["replaces.key"] = .string(replaces.key)
            fields["replaces.receipt"] = .string(replaces.receipt ?? "")
        }
        var document = Document(
            key: key, sum: sum.id, request: sum.identity.request, purpose: plan.purpose, revision: plan.revision,
            amounts: plan.amounts, interval: plan.interval, fields: fields,
            orderValue: orderValue(sum, plan, contract), windowStart: sum.windowStart, windowEnd: sum.windowEnd,
            mapping: speaker.mapping.name, version: speaker.mapping.version, body: nil, state: .queued, notBefore: now,
            replaces: plan.replaces?.key, createdAt: now, changedAt: now, mustNotRepeat: isFromBeforeRestore(sum))
        if let closing = closings[sum.mapping], sum.windowEnd > closing.by {
            document.fields["provisional"] = true
            document.cause =
                "provisional: a source could not be read for too long; what it still brings makes the next revision"
        }
        if let parked = plan.parked {
            document.park(parked.code, parked.sentence)
        } else if let conflict = sum.conflict {
            document.park("claimed-twice", conflict)
        } else if contract.correctsByReceipt, let replaces = plan.replaces, replaces.receipt == nil {
            document.park(
                DocumentAdvice.noReceipt,
                "\(replaces.key) has no receipt, which the call that corrects it needs; look there for its number, then: "
                    + "millrace queue resolve \(replaces.key) --booked --receipt NUMBER")
        }
        let uses = TableUses()
        do {
            let frozen = try uses.noting {
                try self.frozen(inputs(plan, sum, key: key), by: speaker.mapping, for: contract.id)
            }
            (document.body, document.contentType) = (frozen.bytes, frozen.contentType)
        } catch let fault as MappingFault {
            document.park(fault.code, fault.description)
        } catch let error as EndpointError {
            document.park("format", error.description)
        }
        document.version = speakers.version(of: speaker, using: uses.all)
        if document.state == .queued, isFromBeforeRestore(sum) {
            document.state = .unknown
            document.causeCode = "restored"
            document.cause = "its window began before the store was restored: the key may have gone out already"
        }
        return document
    }

    /// The bytes of a document as they are frozen, by the mapping's own form or else the endpoint's; what they are where the
    /// mapping says it.
    func frozen(
        _ inputs: ValueObject, by mapping: DocumentMapping, for request: RequestID
    ) throws -> (bytes: [UInt8]?, contentType: String?) {
        let body = try mapping.body(for: inputs)
        if let written = try mapping.written(body) { return (written.bytes, written.contentType) }
        return (try endpoints[request.endpoint]?.encode(body, for: request.request), nil)
    }

    /// The mapping that builds the document's body (RULES R18): a correction caused by data speaks as the last document that is done.
    private func speaker(
        _ plan: PlannedDocument, _ current: DocumentMapping, _ earlier: [Document]
    ) throws -> Speaker {
        let model: Document? =
            switch plan.speaks {
            case .now: nil
            case .asBefore: earlier.last { $0.state == .done }
            case .like(let document): document
            }
        return try model.flatMap { try speakers.speaker(of: $0, current: current) } ?? speakers.present(current)
    }

    private func orderValue(_ sum: Sum, _ plan: PlannedDocument, _ contract: RequestContract) -> String? {
        guard let field = contract.inOrderBy else { return nil }
        if let value = sum.booked[field.rawValue]?.text { return value }
        return plan.interval.flatMap { WindowMath(calendar: plant.calendar).text(of: .downtime($0), field) }
    }

    func isFromBeforeRestore(_ sum: Sum) -> Bool {
        restoredBefore[sum.identity.request.endpoint].map { sum.windowStart < $0 } ?? false
    }

    /// The names that a document mapping can use, with their values.
    func inputs(_ plan: PlannedDocument, _ sum: Sum, key: String) -> ValueObject {
        var told = sum
        told.fields = sum.booked
        if sum.identity.kind == .downtime { told.interval = plan.interval ?? plan.replaces?.interval }
        return DocumentInputs.inputs(
            of: told, amounts: plan.figures, key: key, revision: plan.revision, site: plant.site,
            replaces: plan.replaces.map { ($0.key, $0.receipt) })
    }
}

extension Document {
    fileprivate mutating func park(_ code: String, _ sentence: String) {
        if state == .parked { return }
        state = .parked
        causeCode = code
        cause = sentence
    }
}
