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

    /// Over that plant and store.
    public init(
        plant: Plant, store: any SiteStore & BookStore,
        compile: @escaping @Sendable (MappingText) throws -> DocumentMapping?, now: Instant
    ) {
        (self.plant, self.store, self.compile, self.now) = (plant, store, compile, now)
    }

    /// What differs.
    public struct Report: Sendable {
        /// How many recorded facts were folded.
        public var facts = 0
        /// How many documents' sums were compared.
        public var compared = 0
        /// The ones that differ, by key.
        public var rows: [Row] = []
        /// How often each field differs.
        public var fields: [String: Int] {
            rows.flatMap(\.changes).reduce(into: [:]) { $0[$1.name, default: 0] += 1 }
        }
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
    /// - Shape: windows that are open and sums without a document are left out; an absolute figure is told from `live-since` on.
    /// - Throws: `StoreError`, `DecimalError`.
    public func run(_ mappings: [DocumentMapping], since: Instant) throws -> Report {
        var report = Report()
        let math = WindowMath(calendar: plant.calendar)
        let asked = mappings.filter { plant.contract(of: $0.plan.request) != nil }
        let begins = asked.map { mapping in
            isAbsolute(mapping)
                ? plant.liveSince
                : max(
                    plant.liveSince,
                    math.commonBorder(of: [mapping.plan.window], before: since + .microseconds(1)) ?? since)
        }
        guard let first = begins.min() else { return report }
        var facts: [FactRevision] = []
        try store.revisions(from: first, to: now) { facts.append($0) }
        report.facts = facts.count
        for (mapping, begin) in zip(asked, begins) {
            let folded = try folded(facts.filter { $0.fact.start >= begin }, mapping)
            try compare(mapping, folded, since: isAbsolute(mapping) ? since : begin, &report)
        }
        report.rows.sort { ($0.mapping, $0.stem) < ($1.mapping, $1.stem) }
        return report
    }

    private func isAbsolute(_ mapping: DocumentMapping) -> Bool {
        if case .absolute? = plant.contract(of: mapping.plan.request)?.quantity { true } else { false }
    }

    private func folded(_ facts: [FactRevision], _ mapping: DocumentMapping) throws -> [String: Sum] {
        let paper = PaperSums(facts)
        let timeline = Timeline(kind: mapping.plan.kind, plans: [(.distantPast, mapping.plan)])
        var folding = Folding(plant: plant, store: paper, timelines: [timeline])
        while try folding.fold({ $0 }) {}
        return paper.all
    }

    private func compare(
        _ mapping: DocumentMapping, _ folded: [String: Sum], since: Instant, _ report: inout Report
    ) throws {
        var versions: [String: DocumentMapping] = [mapping.version: mapping]
        var known: Set<String> = []
        var position: Int64 = 0
        while true {
            let sums = try store.sums(of: mapping.plan.request, from: since, to: now, after: position, limit: 500)
            guard let last = sums.last else { break }
            position = last.sum.id
            for (stem, sum) in sums {
                known.insert(stem)
                let documents = try store.documents(of: sum.id).filter {
                    $0.state != .superseded && $0.purpose != .cancel
                }
                guard let newest = documents.last else { continue }
                if folded[stem] == nil, sum.mapping != mapping.name { continue }
                report.compared += 1
                if newest.mapping == mapping.name, newest.version == mapping.version { continue }
                guard let maker = try maker(newest, &versions) else { continue }
                let old = try outcome(maker, stem, sum)
                let new = try folded[stem].map { gathered -> Outcome in
                    var gathered = gathered
                    gathered.fields[Sum.bookedAs] = sum.fields[Sum.bookedAs]
                    return try outcome(mapping, stem, gathered)
                }
                let row = row(mapping, stem, newest.version, old, new ?? .none("no fact of it is gathered any more"))
                if let row { report.rows.append(row) }
            }
        }
        for (stem, sum) in folded where !known.contains(stem) && sum.windowEnd <= now && sum.windowStart >= since {
            if try store.sum(stem: stem) != nil { continue }
            let new = try outcome(mapping, stem, sum)
            if let row = row(mapping, stem, nil, .none(""), new) { report.rows.append(row) }
        }
    }

    /// The mapping as it was when it made the document; nil where its text is not kept or cannot be read any more.
    private func maker(_ document: Document, _ versions: inout [String: DocumentMapping]) throws -> DocumentMapping? {
        if let known = versions[document.version] { return known }
        let text = try store.text(of: document.mapping, version: document.version)
        versions[document.version] = try text.flatMap(compile)
        return versions[document.version]
    }

    // MARK: Telling

    /// What a mapping makes of a sum.
    private enum Outcome: Equatable {
        /// The body, and its bytes where the mapping says how they are written.
        case body(Value, [UInt8]?)
        case parked(String)
        case none(String)
    }

    private func outcome(_ mapping: DocumentMapping, _ stem: String, _ sum: Sum) throws -> Outcome {
        var told = sum
        told.fields = sum.booked
        if sum.identity.kind == .downtime, sum.interval == nil { return .none("the stop is not told any more") }
        var figures = sum.total
        if isAbsolute(mapping), let opening = try store.opening(stem: stem) {
            figures = try figures.adding(Amounts(good: opening))
        }
        let inputs = DocumentInputs.inputs(
            of: told, amounts: figures, key: DocumentKey.key(stem: stem, revision: 1), revision: 1, site: plant.site)
        if mapping.skips(inputs) { return .none("'skip-when' holds") }
        do throws(MappingFault) {
            let body = try mapping.body(for: inputs)
            return .body(body, try mapping.written(body)?.bytes)
        } catch {
            return .parked(error.sentence)
        }
    }

    private func row(
        _ mapping: DocumentMapping, _ stem: String, _ version: String?, _ old: Outcome, _ new: Outcome
    ) -> Row? {
        if old == new { return nil }
        var row = Row(kind: .otherwise, stem: stem, mapping: mapping.name, version: version, changes: [], sentence: "")
        switch (old, new) {
        case (.none, .none), (.parked, .parked): return nil
        case (_, .none(let why)): (row.kind, row.sentence) = (.gone, why)
        case (_, .parked(let why)): (row.kind, row.sentence) = (.parked, why)
        case (.none, .body(let body, _)): (row.kind, row.changes) = (.more, FieldChange.between(nil, body))
        case (.parked(let why), .body): row.sentence = "it could not be built before: \(why)"
        case (.body(let before, _), .body(let after, _)):
            row.changes = FieldChange.between(before, after)
            if row.changes.isEmpty { row.sentence = "the same fields, written otherwise" }
        }
        return row
    }
}
