public import MillraceCore
import MillraceMapping
import MillraceValues

/// Makes what waits or is parked anew by the present mappings, after a table or a mapping was mended (RULES R18).
///
/// A new document takes the next number, its amount by the ledger and its body by the present version; the waiting one is superseded.
public struct Remap: Sendable {
    let plant: Plant
    let world: RunWorld
    let store: any SiteStore & LookStore & BookStore
    let who: String

    /// Remaps in that plant and world by that person; `store` is the world's.
    public init(plant: Plant, world: RunWorld, store: any SiteStore & LookStore & BookStore, who: String) {
        self.plant = plant
        self.world = world
        self.store = store
        self.who = who
    }

    /// Which documents.
    public struct Selection: Sendable {
        /// By key, or the end of it; empty for all that follow.
        public var keys: [String]
        /// Only of this endpoint.
        public var endpoint: EndpointID?
        /// Only with this cause.
        public var cause: String?
        /// Orders that are finished in the other system, each with the one that takes its place.
        public var orders: [String: String]

        /// That selection.
        public init(
            keys: [String] = [], endpoint: EndpointID? = nil, cause: String? = nil, orders: [String: String] = [:]
        ) {
            self.keys = keys
            self.endpoint = endpoint
            self.cause = cause
            self.orders = orders
        }
    }

    /// What a remap did, or would do.
    public struct Report: Sendable {
        /// For each sum what is done.
        public var rows: [MadeAgain] = []
        /// Keys that were named and cannot be remapped.
        public var refused: [QueueResult] = []
        /// Sentences worth saying.
        public var notices: [String] = []
    }

    /// Takes a preview back.
    private struct PreviewOver: Error { let report: Report }

    /// Does it, or only shows it.
    ///
    /// - Effects: with `isPreview` none. Else all of it in one transaction, with an entry of the audit.
    /// - Throws: `RemapRefusal`, `StoreError`.
    public func run(_ selection: Selection, reason: String, isPreview: Bool) throws -> Report {
        let now = world.clock.now()
        do {
            return try store.together {
                var report = Report()
                let documents = try documents(selection, &report)
                _ = try Epochs(plant: plant, store: store, compile: world.compileDocument).timelines(
                    texts: world.texts, isFirstRun: try store.note("first-run") == nil, now: now,
                    notices: &report.notices)
                if try store.note("first-run") == nil { try store.setNote("first-run", now.iso8601) }
                try redirect(documents, selection.orders)
                var making = try DocumentMaking(
                    plant: plant, store: store, outbox: store, endpoints: world.endpoints,
                    compile: world.compileDocument, texts: world.texts, now: now, through: [:], unreachable: [])
                let stems = Set(documents.compactMap { $0.fields["sum"]?.text }).sorted()
                for (number, stem) in stems.enumerated() {
                    world.progress?(.part("remap", "sums", number, of: stems.count))
                    guard let (row, step) = try making.again(stem, .remap) else { continue }
                    report.rows.append(row)
                    if let step { _ = try store.make([step], now: now) }
                }
                if isPreview { throw PreviewOver(report: report) }
                if report.rows.documentCount > 0 {
                    try store.audit(
                        AuditEntry(
                            at: now, who: who, verb: "remap", subject: "remap",
                            detail: "\(report.rows.documentCount) documents\(words(selection.orders)): \(reason)"))
                }
                return report
            }
        } catch let over as PreviewOver {
            return over.report
        }
    }

    private func words(_ orders: [String: String]) -> String {
        orders.sorted { $0.key < $1.key }.map { ", order \($0.key) booked to \($0.value)" }.joined()
    }

    /// The waiting documents of the selection.
    private func documents(_ selection: Selection, _ report: inout Report) throws -> [Document] {
        var chosen: [Document] = []
        if selection.keys.isEmpty {
            chosen = try QueueList(store: store).documents(
                in: [.queued, .parked], endpoint: selection.endpoint, cause: selection.cause)
        }
        for key in selection.keys {
            let found = try store.documents(matching: key)
            guard let document = found.first else {
                report.refused.append(QueueResult(key: key, outcome: .notFound))
                continue
            }
            if found.count > 1 {
                report.refused.append(QueueResult(key: key, outcome: .ambiguous(found.prefix(5).map(\.key))))
            } else if document.state.isWaiting {
                chosen.append(document)
            } else {
                let sentence =
                    "it is \(document.state.rawValue), not parked or queued" + QueueVerbs.advice(document.state)
                report.refused.append(
                    QueueResult(key: document.key, outcome: .refused(state: document.state, sentence: sentence)))
            }
        }
        if selection.orders.isEmpty { return chosen }
        return chosen.filter { $0.fields["order"]?.text.map { selection.orders[$0] != nil } ?? false }
    }

    /// Has the sums booked to the orders that take the place of finished ones.
    private func redirect(_ documents: [Document], _ orders: [String: String]) throws {
        if orders.isEmpty { return }
        for document in documents {
            guard let stem = document.fields["sum"]?.text, let sum = try store.sum(stem: stem),
                let order = sum.booked["order"]?.text, let other = orders[order]
            else { continue }
            if case .absolute? = plant.contract(of: document.request)?.quantity {
                throw RemapRefusal.absolute(document.request, order)
            }
            if sum.identity.kind == .downtime { throw RemapRefusal.downtime(document.request) }
            var fields = sum.fields
            var members = fields[Sum.bookedAs]?.object ?? ValueObject()
            members["order"] = .string(other)
            fields[Sum.bookedAs] = .object(members)
            try store.setFields(fields, of: sum.id)
        }
    }
}

/// Why a remap does nothing.
public enum RemapRefusal: Error, Hashable, Sendable, CustomStringConvertible {
    /// A figure replaces the order's own and is no amount that another order can take.
    case absolute(RequestID, String)
    /// A stop's order is no place that it is booked to.
    case downtime(RequestID)

    /// One sentence.
    public var description: String {
        switch self {
        case .absolute(let request, let order):
            "'\(request)' replaces the figure of order \(order); another order cannot take it: leave it out with --endpoint or by "
                + "KEY, and discard it where that order is finished"
        case .downtime(let request):
            "'\(request)' tells of stops; their order is that of the readings: leave them out by --endpoint or KEY"
        }
    }
}
