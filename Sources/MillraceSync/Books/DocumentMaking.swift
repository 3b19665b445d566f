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
    /// How many first documents a `skip-when` left out.
    var skipped: Int64 = 0
    /// Sums that wait for an opening, by stem.
    var waitingForOpening: [String] = []
}

/// Judges windows and makes the documents of those that closed (RULES R11, R13 to R17).
struct DocumentMaking {
    let plant: Plant
    let store: any SumStore
    let outbox: any Outbox
    let endpoints: [EndpointID: any Endpoint]
    /// Compiles a kept text, for corrections of what an older text made.
    let compile: @Sendable (MappingText) throws -> DocumentMapping?
    let now: Instant
    /// Before this instant windows' documents begin as unknown-to-be-looked-up after a restore (RULES R26); nil without one.
    let restoredBefore: Instant?

    private static var chunk: Int { 2_000 }

    /// Makes what can be made.
    ///
    /// - Shape: `through` says for each connector up to when it is read; `reached` which could be read in this run.
    func make(through: [ConnectorID: Instant], reached: Set<ConnectorID>, into report: inout MakingReport) throws {
        var limits: [MappingName: Closing] = [:]
        var latest = Instant.distantPast
        for mapping in plant.documentMappings {
            let closing = closing(of: mapping.plan, through: through, reached: reached)
            limits[mapping.name] = closing
            latest = max(latest, closing.latest)
        }
        var health: [EndpointID: EndpointHealth] = [:]
        for endpoint in plant.endpoints { health[endpoint.id] = try outbox.health(of: endpoint.id) }
        let mappings = Dictionary(plant.documentMappings.map { ($0.name, $0) }) { first, _ in first }
        var position: Int64 = 0
        while true {
            let sums = try store.changedSums(after: position, endingBy: latest, limit: Self.chunk)
            guard let last = sums.last else { return }
            position = last.sum.id
            var steps: [DocumentStep] = []
            for (stem, sum) in sums {
                guard let mapping = mappings[sum.mapping], let closing = limits[sum.mapping], closing.isClosed(sum.windowEnd),
                    let contract = plant.contract(of: sum.identity.request)
                else { continue }
                if let before = health[contract.id.endpoint]?.discardBefore, sum.windowStart < before {
                    steps.append(
                        DocumentStep(sum: sum.id, revision: sum.revision, isSettled: true, superseded: [], documents: []))
                    continue
                }
                if let step = try step(stem, sum, mapping, contract, &report) { steps.append(step) }
            }
            try store.make(steps, now: now)
        }
    }

    /// When windows of a mapping close.
    private struct Closing {
        /// A window that ended by this instant is closed.
        var by: Instant
        /// A window that ended by this instant is closed although a source could not be read (RULES R13: provisional).
        var provisionallyBy: Instant?

        var latest: Instant { max(by, provisionallyBy ?? .distantPast) }
        func isClosed(_ end: Instant) -> Bool { end <= latest }
    }

    private func closing(
        of plan: SumPlan, through: [ConnectorID: Instant], reached: Set<ConnectorID>
    ) -> Closing {
        if plan.kind == .downtime { return Closing(by: .distantFuture) }
        let feeders = plant.feeders(of: plan.kind)
        let all = feeders.map { through[$0] ?? .distantPast }.min() ?? .distantPast
        if feeders.isSubset(of: reached) { return Closing(by: all - plan.settle) }
        let readable = feeders.intersection(reached).map { through[$0] ?? .distantPast }.min() ?? .distantFuture
        return Closing(by: all - plan.settle, provisionallyBy: min(readable - plan.settle, now - plan.atMost))
    }

    private func step(
        _ stem: String, _ sum: Sum, _ current: DocumentMapping, _ contract: RequestContract, _ report: inout MakingReport
    ) throws -> DocumentStep? {
        let documents = sum.revision == 0 ? [] : try store.documents(of: sum.id)
        let decision = Ledger.next(
            sum: sum, contract: contract, documents: documents, opening: try opening(stem, contract))
        switch decision {
        case .nothing:
            return DocumentStep(sum: sum.id, revision: sum.revision, isSettled: true, superseded: [], documents: [])
        case .wait(let reason):
            if reason == .opening { report.waitingForOpening.append(stem) }
            return nil
        case .make(let superseded, let planned):
            if sum.revision == 0, let first = planned.first, planned.count == 1,
                try current.skips(inputs(first, sum, key: "", revision: 1))
            {
                report.skipped += 1
                return DocumentStep(sum: sum.id, revision: 0, isSettled: true, superseded: [], documents: [])
            }
            var made: [Document] = []
            var revision = sum.revision
            for plan in planned {
                revision += 1
                let document = try document(plan, sum, revision, current, contract, documents)
                if document.state == .parked { report.parked += 1 } else { report.queued += 1 }
                made.append(document)
            }
            let states = Dictionary(documents.map { ($0.id, $0.state) }) { first, _ in first }
            return DocumentStep(
                sum: sum.id, revision: revision, isSettled: true,
                superseded: superseded.compactMap { id in states[id].map { (id, $0) } }, documents: made)
        }
    }

    /// The opening of an absolute sum; nil while nobody has said it.
    private func opening(_ stem: String, _ contract: RequestContract) throws -> ExactDecimal? {
        guard case .absolute(_, let opening) = contract.quantity else { return nil }
        if opening == .zero { return try store.opening(stem: stem) ?? .zero }
        return try store.opening(stem: stem)
    }

    private func document(
        _ plan: PlannedDocument, _ sum: Sum, _ revision: Int, _ current: DocumentMapping, _ contract: RequestContract,
        _ earlier: [Document]
    ) throws -> Document {
        let stem = DocumentKey.stem(
            site: plant.site, request: sum.identity.request, kind: sum.identity.kind, windowStart: sum.windowStart,
            perValues: sum.identity.perValues)
        let key = DocumentKey.key(stem: stem, revision: revision)
        let mapping = try pinned(earlier) ?? current
        var fields = sum.fields
        fields["key"] = .string(key)
        if let replaces = plan.replaces {
            fields["replaces.key"] = .string(replaces.key)
            fields["replaces.receipt"] = .string(replaces.receipt ?? "")
        }
        var document = Document(
            key: key, sum: sum.id, request: sum.identity.request, purpose: plan.purpose, revision: revision,
            amounts: plan.amounts, interval: plan.interval, fields: fields,
            orderValue: orderValue(sum, plan, contract), windowStart: sum.windowStart, windowEnd: sum.windowEnd,
            mapping: mapping.name, version: mapping.version, body: nil, state: .queued, notBefore: now,
            replaces: plan.replaces?.key, createdAt: now, changedAt: now, mustNotRepeat: isFromBeforeRestore(sum))
        if let parked = plan.parked {
            document.park(parked.code, parked.sentence)
        } else if let conflict = sum.conflict {
            document.park("claimed-twice", conflict)
        }
        let inputs = inputs(plan, sum, key: key, revision: revision)
        switch mapping.built(from: inputs) {
        case .body(let body):
            do throws(EndpointError) {
                document.body = try endpoints[contract.id.endpoint]?.encode(body, for: contract.id.request)
            } catch {
                document.park("format", error.description)
            }
            if let failed = mapping.failedCheck(inputs) { document.park("checks", failed) }
        case .fault(let fault):
            document.park(fault.code, fault.description)
        }
        return document
    }

    /// The version of the last document that is done: a correction caused by data speaks as it did (RULES R18).
    private func pinned(_ earlier: [Document]) throws -> DocumentMapping? {
        guard let done = earlier.last(where: { $0.state == .done }),
            let current = plant.documentMappings.first(where: { $0.name == done.mapping }),
            current.version != done.version
        else { return nil }
        return try store.text(of: done.mapping, version: done.version).flatMap(compile)
    }

    private func orderValue(_ sum: Sum, _ plan: PlannedDocument, _ contract: RequestContract) -> String? {
        guard let field = contract.inOrderBy else { return nil }
        if let value = sum.fields[field.rawValue]?.text { return value }
        return plan.interval.flatMap { WindowMath.value(of: field, in: .downtime($0)) }
    }

    private func isFromBeforeRestore(_ sum: Sum) -> Bool {
        restoredBefore.map { sum.windowStart < $0 } ?? false
    }

    /// The names that a document mapping can use, with their values.
    private func inputs(_ plan: PlannedDocument, _ sum: Sum, key: String, revision: Int) -> ValueObject {
        var inputs = sum.fields
        inputs["site"] = .string(plant.site.text)
        inputs["key"] = .string(key)
        inputs["revision"] = .number(ExactDecimal(Int64(revision)))
        inputs["good"] = .number(plan.amounts.good)
        inputs["scrap"] = .number(plan.amounts.scrap)
        inputs["rework"] = .number(plan.amounts.rework)
        inputs["start"] = .string(sum.windowStart.iso8601)
        inputs["end"] = .string(sum.windowEnd.iso8601)
        if let replaces = plan.replaces {
            inputs["replaces.key"] = .string(replaces.key)
            inputs["replaces.receipt"] = replaces.receipt.map { .string($0) }
        }
        if sum.identity.kind == .downtime, let interval = plan.interval ?? plan.replaces?.interval {
            inputs.add(interval)
        }
        return inputs
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

extension ValueObject {
    /// The fields of an interval, as a document mapping sees them; `duration` in seconds.
    mutating func add(_ interval: Downtime) {
        self["equipment"] = .string(interval.equipment)
        self["class"] = .string(interval.class.rawValue)
        self["reason"] = interval.reason.map { .string($0) }
        self["order"] = interval.order.map { .string($0) }
        self["shift"] = .string(interval.shift)
        self["production-day"] = .string(interval.productionDay.description)
        self["start"] = .string(interval.start.iso8601)
        self["end"] = interval.end.map { .string($0.iso8601) }
        if let end = interval.end {
            let micros = (end - interval.start).wholeMicroseconds
            self["duration"] = ExactDecimal(coefficient: micros, exponent: -6).map { .number($0) }
        }
    }
}
