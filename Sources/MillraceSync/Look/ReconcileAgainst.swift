public import MillraceCore
public import MillraceValues

/// Where the other system says otherwise than our receipts.
public struct ForeignDifference: Hashable, Sendable {
    /// The request.
    public var request: RequestID
    /// The sum's key without the revision, or the document's key.
    public var key: String
    /// What a person calls it: the key of a document; of a figure, which is over all time, its request and what it is the total of.
    public var name: String
    /// What was booked by our receipts; nil where that is no figure.
    public var ours: ExactDecimal?
    /// What the other system says; nil where that is no figure.
    public var theirs: ExactDecimal?
    /// What that means.
    public var sentence: String
    /// What to type; empty where it has to be settled there.
    public var advice: String
}

/// Asks the other system, as far as its requests offer it: figures of absolute requests, and documents by their key.
public struct ReconcileAgainst: Sendable {
    let plant: Plant
    let store: any SiteStore & BookStore
    let endpoints: [EndpointID: any Endpoint]
    let scope: ReconcileScope
    let progress: ProgressWatch?

    /// What was found.
    public struct Report: Sendable {
        /// Where it says otherwise.
        public var differences: [ForeignDifference] = []
        /// How many figures and documents it told of.
        public var answers = 0
        /// Requests that offer neither a look-up nor a figure.
        public var unasked: [String] = []
        /// Questions that got no answer, and why.
        public var unanswered: [String] = []
    }

    /// Asks about that plant's books.
    public init(
        plant: Plant, store: any SiteStore & BookStore, endpoints: [EndpointID: any Endpoint], scope: ReconcileScope,
        progress: ProgressWatch? = nil
    ) {
        self.plant = plant
        self.store = store
        self.endpoints = endpoints
        self.scope = scope
        self.progress = progress
    }

    /// Asks one after the other.
    ///
    /// - Throws: `StoreError`. What is not answered is told and is no difference.
    public func run() async throws -> Report {
        var report = Report()
        for contract in plant.endpoints.flatMap(\.requests).sorted(by: { $0.id < $1.id }) {
            guard let endpoint = endpoints[contract.id.endpoint] else { continue }
            let isAbsolute = if case .absolute = contract.quantity { true } else { false }
            if isAbsolute ? !contract.canReadFigure : !contract.canLookUp {
                report.unasked.append(
                    "'\(contract.id)' cannot be asked: it says neither 'read' nor 'lookup'; compare it there by hand")
                continue
            }
            let sums = try sums(of: contract.id)
            for (number, (stem, sum)) in sums.enumerated() {
                progress?(.part(contract.id.description, "sums asked for", number, of: sums.count))
                let documents = sum.revision == 0 ? [] : try store.documents(of: sum.id)
                if isAbsolute {
                    try await compare(stem, sum, documents, endpoint, &report)
                } else {
                    for document in documents { try await find(document, among: documents, endpoint, &report) }
                }
            }
        }
        return report
    }

    private func sums(of request: RequestID) throws -> [(stem: String, sum: Sum)] {
        var result: [(stem: String, sum: Sum)] = []
        try store.eachSum(of: request, from: .distantPast, to: .distantFuture) { stem, sum, _ in
            if let order = scope.order, sum.fields["order"]?.text != order { return }
            if let day = scope.productionDay, sum.fields["production-day"]?.text != day.description { return }
            result.append((stem, sum))
        }
        return result
    }

    private func compare(
        _ stem: String, _ sum: Sum, _ documents: [Document], _ endpoint: any Endpoint, _ report: inout Report
    ) async throws {
        let opening = try store.opening(stem: stem)
        // What was booked before the opening was said is in the figure that was said.
        let last = documents.last { $0.state == .done && $0.changedAt > opening?.recordedAt ?? .distantPast }
        guard let booked = last?.amounts.good ?? opening?.counted, last != nil || !booked.isZero else { return }
        let name = Words.sum(stem)
        switch await endpoint.readFigure(sum.identity.request.request, fields: sum.booked) {
        case .notOffered: return
        case .noAnswer(let why): report.unanswered.append("\(name): \(why)")
        case .figure(let theirs):
            report.answers += 1
            let ours = try (opening?.figure ?? .zero).adding(booked)
            if theirs == ours { return }
            let inDoubt = documents.contains { $0.state.isInDoubt }
            report.differences.append(
                ForeignDifference(
                    request: sum.identity.request, key: stem, name: name, ours: ours, theirs: theirs,
                    sentence: inDoubt
                        ? "the figure there is \(theirs), ours was \(ours): a document is in doubt and may have been booked"
                        : "the figure there is \(theirs), ours was \(ours): someone else booked \(try theirs.subtracting(ours))",
                    advice: inDoubt ? "millrace queue list --state unknown" : ""))
        }
    }

    /// Whether the endpoint has a document.
    ///
    /// - Shape: what replaces a document may be known there by the key of either, so that both are asked for; nil where the
    ///   request offers no look-up.
    private func isThere(
        _ document: Document, among documents: [Document], _ endpoint: any Endpoint
    ) async -> Result<Bool, EndpointError>? {
        var asked: Document? = document
        while let one = asked {
            switch await endpoint.lookUp(one) {
            case .notOffered: return nil
            case .noAnswer(let why): return .failure(EndpointError(why))
            case .there: return .success(true)
            case .notThere: asked = documents.first { $0.key == one.replaces }
            }
        }
        return .success(false)
    }

    private func find(
        _ document: Document, among documents: [Document], _ endpoint: any Endpoint, _ report: inout Report
    ) async throws {
        guard document.state == .done || document.state.isWaiting || document.state == .unknown,
            document.purpose != .cancel,
            // One that another took the place of, or may have, is asked for with that one.
            !documents.contains(where: { $0.replaces == document.key && ($0.state == .done || $0.state.isInDoubt) })
        else { return }
        let isThere: Bool
        switch await self.isThere(document, among: documents, endpoint) {
        case nil: return
        case .failure(let error):
            report.unanswered.append("\(document.key): \(error)")
            return
        case .success(let found):
            report.answers += 1
            isThere = found
        }
        let amount = document.interval == nil ? document.amounts.good : nil
        switch (document.state, isThere) {
        case (.done, false):
            report.differences.append(
                ForeignDifference(
                    request: document.request, key: document.key, name: document.key, ours: amount, theirs: nil,
                    sentence:
                        "it was booked by its receipt (\(document.receipt ?? "without number")) and is not there: "
                        + "somebody took it out", advice: ""))
        case (.queued, true), (.parked, true):
            report.differences.append(
                ForeignDifference(
                    request: document.request, key: document.key, name: document.key, ours: nil, theirs: amount,
                    sentence: "it is \(document.state.rawValue) and there already",
                    advice: "millrace queue discard \(document.key) --booked-by-hand --reason TEXT"))
        case (.unknown, _):
            report.differences.append(
                ForeignDifference(
                    request: document.request, key: document.key, name: document.key, ours: nil,
                    theirs: isThere ? amount : nil,
                    sentence: "its answer was lost, and it is \(isThere ? "there" : "not there")",
                    advice: "millrace queue resolve \(document.key) \(isThere ? "--booked" : "--not-booked")"))
        default: break
        }
    }
}
