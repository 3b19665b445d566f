import MillraceCore
import MillraceYAML

extension SiteCheck {
    /// A quantity that a mapping counts, and in which unit.
    private struct Counted {
        let mapping: Sourced<ReadingMapping>
        let quantity: CountedQuantity
        /// The field.
        let node: MarkedNode
        /// The unit's code; nil where none is said, which means pieces.
        let code: String?

        /// The unit as it is written.
        var words: String {
            guard let unit = node["unit"] else { return "pieces (it says no 'unit')" }
            return unit.text ?? unit["to"]?.text ?? code ?? ""
        }

        /// What pieces are called.
        private static let pieces: Set<String> = ["C62", "EA", "H87"]

        func isInUnit(of other: Counted) -> Bool {
            code == other.code || [code, other.code].allSatisfy { $0.map(Self.pieces.contains) ?? true }
        }
    }

    /// Mappings that count one quantity of the same sums in different units, which would be added up as bare numbers.
    ///
    /// - Shape: an error where nothing parts them and both say their unit, a warning where the order's operation, material or equipment,
    ///   or a `where`, may.
    func mixedUnits(_ document: Sourced<DocumentMapping>) -> [Diagnostic] {
        let mapping = document.mapping
        guard mapping.plan.kind == .productionCount else { return [] }
        if let text = mapping.whereText, Self.parting.contains(where: text.contains) { return [] }
        return CountedQuantity.allCases.compactMap { quantity in
            let all = readings.filter { $0.mapping.kind == .productionCount }.compactMap { counted(quantity, $0) }
            for (index, one) in all.enumerated() {
                for other in all[..<index] where !one.isInUnit(of: other) {
                    guard let surely = mix(one, other, in: document) else { continue }
                    return fault(one, other, document, isError: surely)
                }
            }
            return nil
        }
    }

    /// The names by which a `where` parts mappings.
    private static let parting = ["mapping", "equipment", "operation", "material"]

    private func counted(_ quantity: CountedQuantity, _ reading: Sourced<ReadingMapping>) -> Counted? {
        guard let node = reading.source.root?["fields"]?[quantity.rawValue] else { return nil }
        return Counted(
            mapping: reading, quantity: quantity, node: node, code: reading.mapping.units[quantity])
    }

    /// Whether both surely feed one sum; nil where they surely do not.
    private func mix(_ one: Counted, _ other: Counted, in document: Sourced<DocumentMapping>) -> Bool? {
        var isSure = document.mapping.whereText == nil && one.code != nil && other.code != nil
        for field in document.mapping.plan.per where [.equipment, .operation, .material].contains(field) {
            let texts = [one, other].map { $0.mapping.source.root?["fields"]?[field.rawValue]?["value"]?.text }
            guard let first = texts[0], let second = texts[1] else {
                isSure = false
                continue
            }
            if first != second { return nil }
        }
        return isSure
    }

    private func fault(
        _ one: Counted, _ other: Counted, _ document: Sourced<DocumentMapping>, isError: Bool
    ) -> Diagnostic {
        let mark = (one.node["unit"] ?? one.node).mark
        let source = one.mapping.source.source(of: mark)
        let there = place(other.mapping.source, (other.node["unit"] ?? other.node).mark)
        let adds = isError ? "adds both up" : "adds both up where they meet in one sum"
        return Diagnostic(
            file: source.file, mark: SourceMark(line: mark.line, column: mark.column),
            severity: isError ? .error : .warning, code: .unit,
            sentence:
                "'\(one.quantity.rawValue)' is counted in \(one.words) here and in \(other.words) at \(there), and "
                + "'\(document.mapping.name)' \(adds); turn one into the other by unit: {from: …, to: …}, or part them by "
                + "'where: mapping = …'",
            sourceLine: source.line(mark.line))
    }
}
