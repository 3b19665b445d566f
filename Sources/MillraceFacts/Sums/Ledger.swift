public import MillraceCore
public import MillraceValues

/// A document that the ledger asks for.
public struct PlannedDocument: Hashable, Sendable {
    /// Why a document needs a person before it was ever sent.
    public struct Parked: Hashable, Sendable {
        /// The word to group by.
        public var code: String
        /// One sentence, with the figures.
        public var sentence: String
    }

    /// What it does at its endpoint.
    public var purpose: DocumentPurpose
    /// Its number within the sum.
    public var revision: Int
    /// What it adds to the books when done (delta), or the figures it sets less the opening (absolute).
    public var amounts: Amounts
    /// What its body says: of a delta post the amounts, of an absolute one opening and total, of a replacing one all
    /// that the document it replaces shall stand for, of a cancel the amounts of the document that it takes back.
    public var figures: Amounts
    /// Downtime: the interval it tells of, withdrawn and ended where it began for one that is taken back by a replacing
    /// document; nil for a cancel.
    public var interval: Downtime?
    /// The document that it replaces or cancels.
    public var replaces: Document?
    /// Why it is parked; nil where it can be sent.
    public var parked: Parked?
    /// Whose mapping builds its body: that of the sum's last document done, of a given document, or the present one (RULES R18).
    public var speaks = Speaker.asBefore

    /// A plan of these parts.
    public init(
        purpose: DocumentPurpose, revision: Int, amounts: Amounts, figures: Amounts, interval: Downtime? = nil,
        replaces: Document? = nil, parked: Parked? = nil, speaks: Speaker = .asBefore
    ) {
        self.purpose = purpose
        self.revision = revision
        self.amounts = amounts
        self.figures = figures
        self.interval = interval
        self.replaces = replaces
        self.parked = parked
        self.speaks = speaks
    }

    /// Whose mapping builds a body.
    public enum Speaker: Hashable, Sendable {
        /// That of the sum's last document that is done, and where none is, the present one.
        case asBefore
        /// That of this document, which it takes back.
        case like(Document)
        /// The present one.
        case now
    }
}

/// What is to be done for a sum.
public enum LedgerDecision: Hashable, Sendable {
    /// The books agree, or what waits already brings them there.
    case nothing
    /// Not now, for this reason.
    case wait(String)
    /// These documents take the place of those that wait; without any, those that wait are only put away.
    case make(supersede: [Int64], documents: [PlannedDocument])
}

/// Decides which documents a sum needs (RULES R15, R16).
public enum Ledger {
    /// The next step of a sum.
    ///
    /// - Shape: `documents` are all of the sum, in any order and any state. `opening` is that of an absolute request;
    ///   nil where it is not known. With `remakes` what waits is made anew even where it says the same (`queue remap`).
    public static func next(
        sum: Sum, contract: RequestContract, documents: [Document], opening: Amounts? = nil, remakes: Bool = false
    ) -> LedgerDecision {
        var isAbsolute = false
        if case .absolute = contract.quantity, sum.identity.kind == .productionCount { isAbsolute = true }
        do {
            let figures = try LedgerFigures(documents: documents, isAbsolute: isAbsolute)
            if let doubt = figures.doubtful.first {
                return .wait(
                    "document \(doubt.key) is \(doubt.state.rawValue); what comes after it waits for its outcome")
            }
            let step = LedgerStep(sum: sum, contract: contract, documents: documents, figures: figures)
            let plans: [PlannedDocument]
            if sum.identity.kind == .downtime {
                plans = step.interval()
            } else if isAbsolute {
                guard let opening else { return .wait("the opening of this figure is not known") }
                plans = try step.absolute(opening: opening)
            } else {
                plans = try step.delta()
            }
            return decision(plans, figures.waiting, remakes: remakes)
        } catch {
            return .wait("the figures of this sum cannot be added: \(error)")
        }
    }

    /// The amounts of a sum's first document where it is a plain post of all of them; nil where `next` has to decide.
    ///
    /// - Shape: for a sum without documents `next` makes just that post then.
    public static func plainPost(_ sum: Sum, contract: RequestContract) -> Amounts? {
        guard sum.revision == 0, sum.identity.kind == .productionCount, case .delta = contract.quantity,
            !sum.total.isZero, !sum.total.hasNegative
        else { return nil }
        return sum.total
    }

    /// What the posting of the other system stands for that `document` made or replaced: the amounts of the document, of those that
    /// it replaced, and of the replacing ones among them that a person booked by hand.
    ///
    /// - Shape: of the latter only those with a number below `number`; `documents` are all of the sum, in any order.
    /// - Throws: `DecimalError.tooLarge` where a figure needs more than 18 digits.
    public static func standing(
        _ document: Document, among documents: [Document], before number: Int
    ) throws(DecimalError) -> Amounts {
        var amounts = Amounts.zero
        var next: Document? = document
        for _ in documents {
            guard let one = next else { break }
            amounts = try amounts.adding(one.amounts)
            for other in documents where other.purpose == .replace && other.replaces == one.key {
                if other.state == .discarded, other.discard == .bookedByHand, other.revision < number {
                    amounts = try amounts.adding(other.amounts)
                }
            }
            next = one.purpose == .replace ? documents.first { $0.key == one.replaces } : nil
        }
        return amounts
    }

    static func decision(_ plans: [PlannedDocument], _ waiting: [Document], remakes: Bool) -> LedgerDecision {
        if plans.isEmpty, waiting.isEmpty { return .nothing }
        let isSame = plans.count == waiting.count && zip(plans, waiting).allSatisfy(says)
        if isSame, !remakes { return .nothing }
        return .make(supersede: waiting.map(\.id), documents: plans)
    }

    /// Whether the waiting document is what is planned.
    private static func says(_ plan: PlannedDocument, _ document: Document) -> Bool {
        plan.purpose == document.purpose && plan.amounts == document.amounts && plan.replaces?.key == document.replaces
            && LedgerStep.isSame(plan.interval, document.interval)
            && plan.replaces?.receipt ?? "" == document.fields["replaces.receipt"]?.text ?? ""
    }
}

/// One decision in the making.
struct LedgerStep {
    let sum: Sum
    let contract: RequestContract
    let documents: [Document]
    let figures: LedgerFigures

    /// The next number: never one that was used before.
    var number: Int { max(sum.revision, documents.map(\.revision).max() ?? 0) + 1 }

    // MARK: Delta

    func delta() throws(DecimalError) -> [PlannedDocument] {
        let open = try sum.total.subtracting(figures.settled)
        let amounts = try open.subtracting(figures.booked)
        if amounts.isZero { return [] }
        if !amounts.hasNegative || contract.correct == .signed {
            return [PlannedDocument(purpose: .post, revision: number, amounts: amounts, figures: amounts)]
        }
        switch contract.correct {
        case .reverse: return try reverse(to: open) ?? [byHand(amounts, open)]
        case .replace: return [try replacement(amounts) ?? byHand(amounts, open)]
        case .signed, .byHand: return [byHand(amounts, open)]
        }
    }

    /// Cancels newest first, then one post of what is to stand besides what no cancel takes back any more, for a person did; nil
    /// where that would be less than nothing.
    func reverse(to open: Amounts) throws(DecimalError) -> [PlannedDocument]? {
        var rest = try open.subtracting(figures.booked)
        for document in figures.live { rest = try rest.adding(document.amounts) }
        if rest.hasNegative { return nil }
        var plans = figures.live.reversed().enumerated().map { index, document in
            PlannedDocument(
                purpose: .cancel, revision: number + index, amounts: document.amounts.negated,
                figures: document.amounts,
                interval: nil, replaces: document)
        }
        if !rest.isZero {
            plans.append(
                PlannedDocument(purpose: .post, revision: number + plans.count, amounts: rest, figures: rest))
        }
        return plans
    }

    /// One call for the last document done; nil where there is none, or where it would have to say less than nothing.
    func replacement(_ amounts: Amounts) throws(DecimalError) -> PlannedDocument? {
        guard let last = figures.live.last else { return nil }
        let standing = try Ledger.standing(last, among: documents, before: number).adding(amounts)
        if standing.hasNegative { return nil }
        return PlannedDocument(
            purpose: .replace, revision: number, amounts: amounts, figures: standing, interval: nil, replaces: last)
    }

    func byHand(_ amounts: Amounts, _ total: Amounts) -> PlannedDocument {
        var parts: [String] = []
        for quantity in CountedQuantity.allCases where !amounts[quantity].isZero {
            let (booked, counted) = (figures.booked[quantity], total[quantity])
            parts.append("\(quantity.rawValue): \(booked) booked, \(counted) counted, so \(amounts[quantity])")
        }
        return PlannedDocument(
            purpose: .post, revision: number, amounts: amounts, figures: amounts,
            parked: .init(code: "by-hand", sentence: "to be corrected by hand; " + parts.joined(separator: "; ")))
    }

    // MARK: Absolute

    func absolute(opening: Amounts) throws(DecimalError) -> [PlannedDocument] {
        if sum.total == (figures.newest?.amounts ?? .zero) { return [] }
        let figure = try opening.adding(sum.total)
        return [PlannedDocument(purpose: .post, revision: number, amounts: sum.total, figures: figure)]
    }

    // MARK: Downtime

    func interval() -> [PlannedDocument] {
        let wanted = Self.standing(sum.interval)
        guard let told = figures.newest else { return wanted.map { [plan(.post, number, $0, nil)] } ?? [] }
        let said = Self.standing(told.interval)
        if Self.isSame(wanted, said) { return [] }
        switch contract.correct {
        case .reverse:
            let cancel = plan(.cancel, number, nil, told)
            return wanted.map { [cancel, plan(.post, number + 1, $0, nil)] } ?? [cancel]
        case .replace: return [replacing(told, by: wanted)]
        case .byHand, .signed:
            var parked = plan(wanted == nil ? .cancel : .replace, number, wanted, told)
            parked.parked = .init(
                code: "by-hand",
                sentence:
                    "to be corrected by hand; \(said.map(Self.words) ?? "nothing") was sent, now \(Self.words(wanted))")
            return [parked]
        }
    }

    /// One call for the document told; where no interval is wanted any more it tells the one told before as ended where it began, so
    /// that the record there stands for nothing. What comes back takes the place of that record again.
    func replacing(_ told: Document, by wanted: Downtime?) -> PlannedDocument {
        if let wanted { return plan(.replace, number, wanted, told) }
        var nothing = told.interval
        nothing?.end = told.interval?.start
        nothing?.isWithdrawn = true
        return plan(.replace, number, nothing, told)
    }

    /// The interval if it stands; nil where it was withdrawn.
    static func standing(_ interval: Downtime?) -> Downtime? { interval.flatMap { $0.isWithdrawn ? nil : $0 } }

    func plan(
        _ purpose: DocumentPurpose, _ revision: Int, _ interval: Downtime?, _ replaces: Document?
    ) -> PlannedDocument {
        PlannedDocument(
            purpose: purpose, revision: revision, amounts: .zero, figures: .zero, interval: interval, replaces: replaces
        )
    }

    /// Whether two intervals of one identity say the same to the other system.
    static func isSame(_ left: Downtime?, _ right: Downtime?) -> Bool {
        guard let left, let right else { return left == nil && right == nil }
        return left.start == right.start && left.end == right.end && left.class == right.class
            && left.reason == right.reason && left.order == right.order
    }

    static func words(_ interval: Downtime?) -> String {
        guard let interval else { return "it is withdrawn" }
        let end = interval.end.map { "\($0)" } ?? "open"
        return "\(interval.class.rawValue) \(interval.start) to \(end), \(interval.reason ?? "no reason")"
    }
}
