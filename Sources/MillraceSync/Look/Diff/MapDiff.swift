public import MillraceCore
import MillraceFacts
public import MillraceMapping
public import MillraceValues

/// Which kept facts would give another document under a mapping than under the version that made it; nothing is sent or written.
///
/// The facts are folded once more in memory, by the code of a run, under the mapping as it is given; each sum whose documents were
/// made is told by the mapping's text that made the newest of them and by the given one, and both bodies are compared.
public struct MapDiff: Sendable {
    let plant: Plant
    let store: any SiteStore & BookStore
    /// Compiles a kept text.
    let compile: @Sendable (MappingText) throws -> DocumentMapping?
    let now: Instant
    /// So many facts are folded at once.
    var factsTogether = 4_000
    /// With so many sums in memory a stretch is compared.
    var sumsTogether = 8_000

    /// Over that plant and store.
    public init(
        plant: Plant, store: any SiteStore & BookStore,
        compile: @escaping @Sendable (MappingText) throws -> DocumentMapping?, now: Instant
    ) {
        (self.plant, self.store, self.compile, self.now) = (plant, store, compile, now)
    }

    /// What it comes to.
    public struct Report: Sendable {
        /// How many recorded facts were folded.
        public var facts = 0
        /// How many documents' sums were compared.
        public var compared = 0
        /// How many differ, by what would become of them.
        public var rows: [Row.Kind: Int] = [:]
        /// How often each field differs in documents that read otherwise.
        public var fields: [String: Int] = [:]
    }

    /// A document that would be another.
    public struct Row: Sendable {
        /// What would become of it.
        public enum Kind: String, Sendable, CaseIterable {
            /// Its body reads otherwise.
            case otherwise
            /// It would wait for a person.
            case parked
            /// It would not be made.
            case gone
            /// There is none, and there would be one.
            case more
        }
        /// What would become of it.
        public var kind: Kind
        /// The key of its sum's documents without the revision.
        public var stem: String
        /// The mapping.
        public var mapping: MappingName
        /// The text that made it; nil for one more.
        public var version: String?
        /// In which fields it differs.
        public var changes: [FieldChange]
        /// Why, where fields do not say it.
        public var sentence: String
    }

    /// Compares the documents of these mappings whose windows begin at `since` or later.
    ///
    /// - Shape: windows that are open and sums without a document are left out; an absolute figure is told from `live-since` on. Each
    ///   document that differs goes to `each`: by mapping, then by stretches of time, then by key; memory is that of a stretch.
    /// - Throws: `StoreError`, `DecimalError`, and what `each` throws.
    public func run(
        _ mappings: [DocumentMapping], since: Instant, each: (Row) throws -> Void
    ) throws -> Report {
        var report = Report()
        let math = WindowMath(calendar: plant.calendar)
        let asked = mappings.filter { plant.contract(of: $0.plan.request) != nil }.sorted { $0.name < $1.name }
        for mapping in asked {
            let teller = teller(mapping)
            let begin =
                teller.isAbsolute
                ? plant.liveSince
                : max(
                    plant.liveSince,
                    math.commonBorder(of: [mapping.plan.window], before: since + .microseconds(1)) ?? since)
            let pass = DiffPass(self, teller, from: teller.isAbsolute ? since : begin)
            try store.revisions(from: begin, to: now) { try pass.take($0, each) }
            try pass.finish(each)
            report.facts = max(report.facts, pass.facts)
            report.compared += pass.compared
            report.rows.merge(pass.rows, uniquingKeysWith: +)
            report.fields.merge(pass.fields, uniquingKeysWith: +)
        }
        return report
    }

    func teller(_ mapping: DocumentMapping) -> SumTeller {
        let isAbsolute =
            if case .absolute? = plant.contract(of: mapping.plan.request)?.quantity { true } else { false }
        return SumTeller(mapping, isAbsolute: isAbsolute, site: plant.site)
    }
}
