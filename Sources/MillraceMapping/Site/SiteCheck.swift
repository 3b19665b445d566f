import MillraceCore
import MillraceValues
import MillraceYAML

/// What only shows when all files of a site are seen together.
struct SiteCheck {
    let site: ParsedSite
    let mappings: [ParsedMapping]

    /// A compiled mapping with the text it came from.
    struct Sourced<Mapping> {
        let mapping: Mapping
        let source: ParsedMapping
    }

    var readings: [Sourced<ReadingMapping>] {
        mappings.compactMap {
            if case .reading(let mapping)? = $0.mapping { Sourced(mapping: mapping, source: $0) } else { nil }
        }
    }

    private var documents: [Sourced<DocumentMapping>] {
        mappings.compactMap {
            if case .document(let mapping)? = $0.mapping { Sourced(mapping: mapping, source: $0) } else { nil }
        }
    }

    func faults() -> [Diagnostic] {
        repeatedNames() + unknownConnectors() + unknownTimelines() + countedTwice() + stopsTwice()
            + documents.flatMap(target)
            + doubleClaims()
            + documents.flatMap(feeding) + documents.flatMap(mixedUnits)
    }

    private func error(_ code: DiagnosticCode, _ parsed: ParsedMapping, _ mark: SourceMark, _ sentence: String)
        -> Diagnostic
    {
        let source = parsed.source(of: mark)
        return Diagnostic(
            file: source.file, mark: SourceMark(line: mark.line, column: mark.column), code: code, sentence: sentence,
            sourceLine: source.line(mark.line))
    }

    func place(_ parsed: ParsedMapping, _ mark: SourceMark) -> String {
        "\(parsed.source(of: mark).file):\(mark.line)"
    }

    // MARK: Names

    private func repeatedNames() -> [Diagnostic] {
        var first: [String: String] = [:]
        var faults: [Diagnostic] = []
        for file in mappings {
            guard let name = file.name else { continue }
            if let other = first[name.text] {
                faults.append(
                    error(
                        .repeatedName, file, name.mark,
                        "a mapping '\(name.text)' stands in \(other) already; names are unique over all files"))
            } else {
                first[name.text] = place(file, name.mark)
            }
        }
        return faults
    }

    private func unknownConnectors() -> [Diagnostic] {
        // A site's file that cannot be read at all may well have it.
        if site.definition == nil, site.connectorNames.isEmpty { return [] }
        return readings.flatMap { reading in
            reading.mapping.connectorMarks.filter { !site.connectorNames.contains($0.text) }.map {
                error(
                    .unknownName, reading.source, $0.mark,
                    "there is no connector '\($0.text)'\(Suggestion.ending(for: $0.text, among: site.connectorNames))")
            }
        }
    }

    private func unknownTimelines() -> [Diagnostic] {
        let known = readings.map(\.mapping).filter(\.makesTimeline).map(\.name.text)
        // A mapping with faults of its own may well be the one that is meant.
        let broken = Set(mappings.filter { $0.mapping == nil }.compactMap(\.name?.text))
        return readings.flatMap { reading in
            reading.mapping.timelineMarks.filter { !known.contains($0.text) && !broken.contains($0.text) }.map {
                error(
                    .unknownName, reading.source, $0.mark,
                    "no mapping to {timeline: order} is called '\($0.text)'\(Suggestion.ending(for: $0.text, among: known))"
                )
            }
        }
    }

    // MARK: RULES R9

    private func countedTwice() -> [Diagnostic] {
        var first: [String: String] = [:]
        var faults: [Diagnostic] = []
        for reading in readings where !reading.mapping.hasWhere {
            for source in reading.mapping.countingSources {
                if let other = first.updateValue(reading.mapping.name.text, forKey: source),
                    other != reading.mapping.name.text
                {
                    faults.append(
                        error(
                            .countedTwice, reading.source, reading.mapping.nameMark,
                            "'\(other)' counts \(source) too, and one source counts each quantity; leave it to one mapping, or let each take rows of its own by 'from.signals'"
                        ))
                }
            }
        }
        return faults
    }

    /// Two mappings that surely tell the states or stops of one equipment: each stop would be booked twice.
    private func stopsTwice() -> [Diagnostic] {
        let stops = readings.filter { $0.mapping.kind == .downtime && !$0.mapping.hasWhere }
        var faults: [Diagnostic] = []
        for (index, reading) in stops.enumerated() {
            let mapping = reading.mapping
            for other in stops[..<index].map(\.mapping)
            where other.name != mapping.name && other.extractor.equipment == mapping.extractor.equipment {
                let equipment = mapping.extractor.equipment
                let shared = mapping.connectors.filter(other.connectors.contains).map { "'\($0)'" }
                if equipment.fixed == nil, shared.isEmpty { continue }
                let whose =
                    equipment.fixed.map { "'\($0)'" }
                    ?? "the same equipment of \(shared.joined(separator: " and "))"
                faults.append(
                    error(
                        .countedTwice, reading.source, mapping.nameMark,
                        "'\(other.name)' tells the stops of \(whose) too, and each would be booked twice; leave one of them, "
                            + "or part their rows by 'where'"))
            }
        }
        return faults
    }

    // MARK: Endpoint and request

    private func target(_ document: Sourced<DocumentMapping>) -> [Diagnostic] {
        guard let endpointName = document.mapping.target.endpoint, let requestName = document.mapping.target.request
        else { return [] }
        guard site.endpointNames.contains(endpointName.text) else {
            return [
                error(
                    .unknownName, document.source, endpointName.mark,
                    "there is no endpoint '\(endpointName.text)'\(Suggestion.ending(for: endpointName.text, among: site.endpointNames))"
                )
            ]
        }
        // An endpoint with faults of its own is not looked into.
        guard let endpoint = site.definition?.endpoint(EndpointID(endpointName.text)) else { return [] }
        guard let request = endpoint.request(RequestName(requestName.text)) else {
            let names = endpoint.requests.map(\.contract.id.request.text)
            return [
                error(
                    .unknownName, document.source, requestName.mark,
                    "endpoint '\(endpointName.text)' has no request '\(requestName.text)'\(Suggestion.ending(for: requestName.text, among: names))"
                )
            ]
        }
        return fits(document, request, requestName.mark) + writtenTwice(document, endpoint)
    }

    /// A form that the mapping and the endpoint both say.
    private func writtenTwice(_ document: Sourced<DocumentMapping>, _ endpoint: EndpointDefinition) -> [Diagnostic] {
        guard document.mapping.form != nil, case .file(let file) = endpoint.kind, file.format != .json,
            let mark = document.mapping.target.endpoint?.mark
        else { return [] }
        return [
            error(
                .contradiction, document.source, mark,
                "endpoint '\(endpoint.id)' says 'format: \(file.format.rawValue)', and this mapping has a 'body' of its own; keep one"
            )
        ]
    }

    private func fits(_ document: Sourced<DocumentMapping>, _ request: RequestDefinition, _ mark: SourceMark)
        -> [Diagnostic]
    {
        var faults: [Diagnostic] = []
        let (mapping, contract) = (document.mapping, request.contract)
        func fault(_ code: DiagnosticCode, _ mark: SourceMark, _ sentence: String) {
            faults.append(error(code, document.source, mark, sentence))
        }
        let perMark = mapping.perMarks.first?.mark ?? mark
        switch (contract.quantity, mapping.plan.kind) {
        case (.absolute, .downtime):
            fault(
                .contradiction, mark,
                "request '\(contract.id)' is absolute, and a downtime has no total; use a delta request")
        case (.absolute(let over, _), .productionCount) where over != mapping.plan.per:
            let words = over.map(\.rawValue).joined(separator: ", ")
            fault(
                .totalOver, perMark,
                "'per' has to equal 'total-over: [\(words)]' of request '\(contract.id)'")
        default: break
        }
        if mapping.plan.kind == .downtime, contract.correct == .signed {
            fault(
                .contradiction, mark,
                "request '\(contract.id)' corrects by signed amounts, and a downtime has none; use reverse, replace or by-hand"
            )
        }
        let available = fieldNames(mapping)
        if let field = contract.inOrderBy, !available.contains(field.rawValue) {
            fault(
                .contradiction, perMark,
                "request '\(contract.id)' goes in order by '\(field.rawValue)', which is not in 'per'")
        }
        for name in request.fieldNames.sorted() where !available.contains(name) && !name.hasPrefix("replaces.") {
            fault(
                .contradiction, perMark, "request '\(contract.id)' asks or goes by '\(name)', which is not in 'per'")
        }
        if case .field(let name, _) = contract.onceBy, !mapping.fields.contains(where: { $0.name == name }) {
            fault(
                .missingKey, mark,
                "request '\(contract.id)' knows a repeat by the field '\(name)', which this mapping does not set")
        }
        return faults
    }

    private func fieldNames(_ mapping: DocumentMapping) -> Set<String> {
        if mapping.plan.kind == .downtime {
            return ["key", "revision", "site", "equipment", "order", "shift", "production-day"]
        }
        var names = Set(mapping.plan.per.map(\.rawValue)).union(["key", "revision", "site"])
        if mapping.plan.window == .shift { names.formUnion(["shift", "production-day"]) }
        if mapping.plan.window == .day { names.insert("production-day") }
        return names
    }

    // MARK: RULES R14

    private func doubleClaims() -> [Diagnostic] {
        var faults: [Diagnostic] = []
        for (index, document) in documents.enumerated() {
            for other in documents[..<index] where claims(document.mapping, other.mapping) {
                faults.append(
                    error(
                        .doubleClaim, document.source, document.mapping.nameMark,
                        "'\(other.mapping.name)' claims the same facts for \(other.mapping.plan.request); part them by 'where'"
                    ))
            }
        }
        return faults
    }

    /// Whether both surely claim a fact that the other claims: one has no `where`, or both have the same.
    private func claims(_ left: DocumentMapping, _ right: DocumentMapping) -> Bool {
        left.name != right.name && left.plan.request == right.plan.request && left.plan.kind == right.plan.kind
            && (left.whereText == nil || right.whereText == nil || left.whereText == right.whereText)
    }

    // MARK: RULES R10

    /// A `per` field that a reading mapping never sets; with a `where` it cannot be proved which mappings feed the sums.
    private func feeding(_ document: Sourced<DocumentMapping>) -> [Diagnostic] {
        let mapping = document.mapping
        guard mapping.plan.kind == .productionCount else { return [] }
        let feeders = readings.map(\.mapping).filter { $0.kind == .productionCount }
        var faults: [Diagnostic] = []
        for (field, mark) in zip(mapping.plan.per, mapping.perMarks)
        where [.order, .operation, .material].contains(field) {
            let without = feeders.filter { !$0.sets.contains(field) }
            guard let feeder = without.first, mapping.whereText == nil || without.count == feeders.count else {
                continue
            }
            faults.append(
                error(
                    .neverSet, document.source, mark.mark,
                    "the mapping '\(feeder.name)' never sets '\(field.rawValue)'; leave it out of 'per', or part the facts by 'where'"
                ))
        }
        let noOperation = feeders.filter { !$0.sets.contains(.operation) }
        if mapping.whereText == nil, noOperation.count > 1, !mapping.plan.per.contains(.operation) {
            let names = noOperation.map { "'\($0.name)'" }.joined(separator: " and ")
            faults.append(
                error(
                    .neverSet, document.source, document.mapping.nameMark,
                    "\(names) have operation none and feed the same sums; part them by 'where'"))
        }
        return faults
    }
}
