public import MillraceCore
import MillraceValues

extension Ledger {
    /// What takes back the documents that read otherwise by the present mapping and posts it anew (RULES R18, resync).
    ///
    /// - Shape: `reads` says of a document that is done whether its body would be another one now. Nil where none is or where
    ///   something of the sum is in doubt: then `next` decides.
    public static func anew(
        sum: Sum, contract: RequestContract, documents: [Document], opening: Amounts?,
        reads isOther: (Document) throws -> Bool
    ) throws -> LedgerDecision? {
        var isAbsolute = false
        if case .absolute = contract.quantity, sum.identity.kind == .productionCount { isAbsolute = true }
        let figures = try LedgerFigures(documents: documents, isAbsolute: isAbsolute)
        if !figures.doubtful.isEmpty { return nil }
        let step = LedgerStep(sum: sum, contract: contract, documents: documents, figures: figures)
        let plans: [PlannedDocument]
        if sum.identity.kind == .downtime {
            guard let told = figures.newest, told.state == .done, try isOther(told) else { return nil }
            plans = step.intervalAnew(told)
        } else if isAbsolute {
            guard let opening, let told = figures.newest, told.state == .done, try isOther(told) else { return nil }
            plans = [step.figureAnew(try opening.adding(sum.total))]
        } else {
            let other = try step.otherwise(isOther)
            if other.isEmpty { return nil }
            plans = try step.deltaAnew(other)
        }
        return decision(plans, figures.waiting, remakes: true)
    }
}

extension LedgerStep {
    /// Of the documents done those of each version that reads otherwise now, with what they add together.
    func otherwise(_ isOther: (Document) throws -> Bool) throws -> [(last: Document, net: Amounts)] {
        var groups: [(last: Document, net: Amounts)] = []
        for document in figures.live {
            if let index = groups.firstIndex(where: { $0.last.version == document.version }) {
                groups[index] = (document, try groups[index].net.adding(document.amounts))
            } else {
                groups.append((document, document.amounts))
            }
        }
        return try groups.filter { try !$0.net.isZero && isOther($0.last) }
    }

    func deltaAnew(_ other: [(last: Document, net: Amounts)]) throws(DecimalError) -> [PlannedDocument] {
        let open = try sum.total.subtracting(figures.settled)
        switch contract.correct {
        case .signed: return try signedAnew(other, open)
        case .reverse:
            guard var plans = try reverse(to: open) else { return [anewByHand(open)] }
            if let last = plans.indices.last, plans[last].purpose == .post { plans[last].speaks = .now }
            return plans
        case .replace:
            if var plan = try replacement(try open.subtracting(figures.booked)) {
                plan.speaks = .now
                return [plan]
            }
            return [anewByHand(open)]
        case .byHand: return [anewByHand(open)]
        }
    }

    private func signedAnew(
        _ other: [(last: Document, net: Amounts)], _ open: Amounts
    ) throws(DecimalError) -> [PlannedDocument] {
        var plans: [PlannedDocument] = []
        var standing = figures.booked
        for (last, net) in other {
            plans.append(
                PlannedDocument(
                    purpose: .post, revision: number + plans.count, amounts: net.negated, figures: net.negated,
                    speaks: .like(last)))
            standing = try standing.subtracting(net)
        }
        let rest = try open.subtracting(standing)
        if !rest.isZero {
            plans.append(
                PlannedDocument(
                    purpose: .post, revision: number + plans.count, amounts: rest, figures: rest, speaks: .now))
        }
        return plans
    }

    private func anewByHand(_ open: Amounts) -> PlannedDocument {
        PlannedDocument(
            purpose: .post, revision: number, amounts: .zero, figures: open,
            parked: .init(
                code: "by-hand",
                sentence:
                    "it reads otherwise by the present mapping: take what was booked back there and book this by hand"),
            speaks: .now)
    }

    func figureAnew(_ figure: Amounts) -> PlannedDocument {
        PlannedDocument(purpose: .post, revision: number, amounts: sum.total, figures: figure, speaks: .now)
    }

    func intervalAnew(_ told: Document) -> [PlannedDocument] {
        let wanted = Self.standing(sum.interval)
        var cancel = plan(.cancel, number, nil, told)
        cancel.speaks = .like(told)
        switch contract.correct {
        case .reverse:
            guard let wanted else { return [cancel] }
            var post = plan(.post, number + 1, wanted, nil)
            post.speaks = .now
            return [cancel, post]
        case .replace:
            var replace = replacing(told, by: wanted)
            replace.speaks = .now
            return [replace]
        case .byHand, .signed:
            var parked = plan(wanted == nil ? .cancel : .replace, number, wanted, told)
            parked.speaks = .now
            parked.parked = .init(
                code: "by-hand", sentence: "it reads otherwise by the present mapping; correct it there by hand")
            return [parked]
        }
    }
}
