import MillraceCore
import MillraceFacts
import MillraceMapping
import MillraceValues

/// A sum on which documents are made once more.
private struct SumAgain {
    let stem: String
    let sum: Sum
    let contract: RequestContract
    let current: DocumentMapping
    let documents: [Document]
    var isAbsolute = false
    var opening: ExactDecimal?

    var openingAmounts: Amounts? { opening.map { Amounts(good: $0) } }
}

extension DocumentMaking {
    /// Why documents are made once more.
    enum Why {
        /// A resync: another body cancels with the old version and posts with the new, also at amount 0 (RULES R18).
        case resync
        /// A remap: what waits is made anew by the present version.
        case remap
    }

    /// Makes a sum's documents once more; nil where there is no such sum any more.
    ///
    /// - Effects: none; the step is for the caller to record.
    mutating func again(_ stem: String, _ why: Why) throws -> (row: MadeAgain, step: DocumentStep?)? {
        guard let sum = try store.sum(stem: stem), let contract = plant.contract(of: sum.identity.request),
            let current = mappings[sum.mapping]
        else { return nil }
        var again = SumAgain(
            stem: stem, sum: sum, contract: contract, current: current, documents: try store.documents(of: sum.id))
        if case .absolute = contract.quantity, sum.identity.kind == .productionCount { again.isAbsolute = true }
        again.opening = try opening(stem, contract)
        if case .resync = why { closings[sum.mapping]?.see(again.documents) }
        var row = try self.row(again)
        if let before = discardBefore[contract.id.endpoint], sum.windowStart < before {
            row.sentence = "its window begins before \(before.iso8601): settled by hand"
            return (row, settled(sum))
        }
        if case .resync = why, closings[sum.mapping]?.isClosed(sum.windowEnd) != true {
            (row.action, row.sentence) = (.wait, "its window is open; the document is made when it closes")
            return (row, nil)
        }
        if again.isAbsolute, again.opening == nil {
            (row.action, row.sentence) = (.wait, "it waits for the figure to begin at")
            return (row, nil)
        }
        switch try decide(again, why, &row) {
        case .nothing: return (row, settled(sum))
        case .wait(let sentence):
            (row.action, row.sentence) = (.wait, sentence)
            return (row, nil)
        case .make(let superseded, let planned):
            if sum.revision == 0, planned.count == 1, let first = planned.first,
                current.skips(inputs(first, sum, key: ""))
            {
                row.sentence = "skipped by 'skip-when'"
                return (row, settled(sum))
            }
            let made = try planned.map { try document($0, stem, sum, current, contract, again.documents) }
            row.documents = made
            row.superseded = again.documents.filter { superseded.contains($0.id) }
            let isNew = !again.documents.contains { $0.state == .done || $0.discard != nil }
            row.action = isNew ? .create : .correct
            if made.isEmpty {
                row.action = .correct
                row.sentence = "what waits is not needed any more"
            }
            return (row, step(sum, superseded: superseded, again.documents, made))
        }
    }

    private func settled(_ sum: Sum) -> DocumentStep? {
        if !sum.isChanged { return nil }
        return DocumentStep(sum: sum.id, revision: sum.revision, isSettled: true, superseded: [], documents: [])
    }

    private func row(_ again: SumAgain) throws -> MadeAgain {
        let figures = try LedgerFigures(documents: again.documents, isAbsolute: again.isAbsolute)
        let isInterval = again.sum.identity.kind == .downtime
        let told = figures.newest?.interval
        return MadeAgain(
            request: again.contract.id, stem: again.stem, fields: again.sum.fields,
            old: try figures.booked.adding(figures.settled), new: again.sum.total,
            oldInterval: isInterval ? told : nil, newInterval: isInterval ? again.sum.interval : nil,
            isInterval: isInterval)
    }

    private func decide(_ again: SumAgain, _ why: Why, _ row: inout MadeAgain) throws -> LedgerDecision {
        func next(remakes: Bool) -> LedgerDecision {
            Ledger.next(
                sum: again.sum, contract: again.contract, documents: again.documents, opening: again.openingAmounts,
                remakes: remakes)
        }
        switch why {
        case .remap:
            let readings = try again.documents.filter(\.state.isWaiting).map {
                try readsOtherwise($0, again, always: true)
            }
            if case .nothing = next(remakes: false), !readings.contains(.otherwise) {
                if let fault = readings.compactMap(\.fault).first {
                    row.sentence = "the mapping still cannot build it: \(fault)"
                } else if !readings.isEmpty {
                    row.sentence = "it reads the same; 'millrace queue release' sends it once more"
                }
                return .nothing
            }
            guard case .make(let superseded, var plans) = next(remakes: true) else { return next(remakes: true) }
            for index in plans.indices { plans[index].speaks = .now }
            return .make(supersede: superseded, documents: plans)
        case .resync:
            let anew = try Ledger.anew(
                sum: again.sum, contract: again.contract, documents: again.documents, opening: again.openingAmounts
            ) { try readsOtherwise($0, again) == .otherwise }
            if case .make(_, let plans)? = anew {
                if let fault = try fault(in: plans, again) {
                    row.sentence = "the present mapping cannot build it, so it stays as it was booked: \(fault)"
                } else if let anew {
                    row.sentence = "it reads otherwise by the present mapping"
                    return anew
                }
            }
            let waiting = again.documents.filter { $0.state.isWaiting }
            return next(remakes: try waiting.contains { try readsOtherwise($0, again) == .otherwise })
        }
    }

    /// Why one of the documents cannot be built; nil where all can.
    private func fault(in plans: [PlannedDocument], _ again: SumAgain) throws -> String? {
        for plan in plans where plan.speaks == .now && plan.parked == nil {
            let made = try document(plan, again.stem, again.sum, again.current, again.contract, again.documents)
            if made.body == nil { return made.cause }
        }
        return nil
    }

    private enum Reading: Equatable {
        case same, otherwise
        /// The present mapping cannot build it, for this reason.
        case unbuildable(String)

        var fault: String? { if case .unbuildable(let why) = self { why } else { nil } }
    }

    /// Whether the present mapping would have given another body to a document; looked at also where it did, with `always`.
    private func readsOtherwise(_ document: Document, _ again: SumAgain, always: Bool = false) throws -> Reading {
        if document.purpose == .cancel { return .same }
        if !always, try speakers.isSpoken(document, by: again.current) { return .same }
        var told = again.sum
        (told.windowStart, told.windowEnd) = (document.windowStart, document.windowEnd)
        var replaced = again.documents.first { $0.key == document.replaces }
        // With the number that it was built with, which need not be that document's own.
        replaced?.receipt = document.fields["replaces.receipt"]?.text.flatMap { $0.isEmpty ? nil : $0 }
        let plan = PlannedDocument(
            purpose: document.purpose, revision: document.revision, amounts: document.amounts,
            figures: try figures(of: document, again), interval: document.interval, replaces: replaced)
        do {
            let frozen = try frozen(
                inputs(plan, told, key: document.key), by: again.current, for: again.contract.id)
            return frozen.bytes == document.body && frozen.contentType == document.contentType ? .same : .otherwise
        } catch let fault as MappingFault {
            return .unbuildable(fault.description)
        } catch let error as EndpointError {
            return .unbuildable(error.description)
        }
    }

    /// What the document's body said: its amounts, the figure it set, or all that it stood for with those that it replaced.
    private func figures(of document: Document, _ again: SumAgain) throws -> Amounts {
        if again.isAbsolute { return try (again.openingAmounts ?? .zero).adding(document.amounts) }
        return try Ledger.standing(document, among: again.documents, before: document.revision)
    }
}
