import MillraceValues
import MillraceYAML

/// The units that a mapping can name: those that all know, and its own.
struct UnitNames: Sendable {
    private var units: [String: MeasureUnit] = Self.common

    /// By code and by each word.
    private static let common: [String: MeasureUnit] = MeasureUnit.all.reduce(into: [:]) { names, unit in
        for name in [unit.code] + unit.words { names[name] = unit }
    }

    /// Reads `units:` of a mapping file: `BOX: 12 EA`, one name after the other.
    static func read(_ reader: NodeReader) -> UnitNames {
        var names = UnitNames()
        for member in reader.members("units") ?? [] {
            guard let text = reader.faults.text(member.value, what: "unit '\(member.key)'") else { continue }
            let parts = text.split(separator: " ", maxSplits: 1).map(String.init)
            guard parts.count == 2, let amount = ExactDecimal(parts[0]), amount > .zero else {
                reader.faults.error(
                    .unit, at: member.value.mark,
                    "'\(text)' is no amount of a unit; say how many of another one it is, such as BOX: 12 EA")
                continue
            }
            guard let of = names.unit(parts[1], at: member.value.mark, reader.faults) else { continue }
            if names.units[member.key] != nil {
                reader.faults.error(
                    .unit, at: member.keyMark, "'\(member.key)' is a unit already; give yours another name")
                continue
            }
            do throws(DecimalError) {
                let factor = try of.factor.multiplied(by: amount)
                names.units[member.key] = MeasureUnit(
                    code: member.key, dimension: of.dimension, factor: factor, words: [])
            } catch {
                reader.faults.error(.unit, at: member.value.mark, "unit '\(member.key)': \(error)")
            }
        }
        return names
    }

    /// The unit of that name; nil, and reported, where there is none.
    func unit(_ name: String, at mark: SourceMark, _ faults: DiagnosticList) -> MeasureUnit? {
        if let unit = units[name] { return unit }
        faults.error(.unit, at: mark, unknown(name))
        return nil
    }

    private func unknown(_ name: String) -> String {
        let near =
            units.keys.first { $0.lowercased() == name.lowercased() }
            ?? Suggestion.nearest(to: name, among: units.keys.sorted())
        let advice =
            near.map { "did you mean '\($0)'?" }
            ?? "use a code of UN/ECE Rec 20 such as KGM, or say under 'units' what it is, such as BOX: 12 EA"
        return "there is no unit '\(name)'; \(advice)"
    }

    /// The conversion between units of those names; a sentence where there is none.
    func conversion(from: String, to: String) -> Result<UnitConversion, UnitFault> {
        guard let first = units[from] else { return .failure(UnitFault(description: unknown(from))) }
        guard let second = units[to] else { return .failure(UnitFault(description: unknown(to))) }
        if let conversion = UnitConversion(from: first, to: second) { return .success(conversion) }
        return .failure(UnitFault(description: Self.differ(from, first, to, second)))
    }

    private static func differ(_ from: String, _ first: MeasureUnit, _ to: String, _ second: MeasureUnit) -> String {
        if first.dimension == second.dimension { return "'\(from)' and '\(to)' are too far apart to convert exactly" }
        return "'\(from)' is a unit of \(first.dimension) and '\(to)' one of \(second.dimension); "
            + "an amount of one cannot be turned into the other"
    }

    /// Reads `unit: {from: GRM, to: KGM}`; nil, and reported, where it cannot be done.
    func conversion(_ node: MarkedNode, _ faults: DiagnosticList) -> UnitConversion? {
        let entry = NodeReader(node, what: "'unit'", faults: faults)
        defer { entry.finish() }
        let (from, to) = (entry.text("from", required: true), entry.text("to", required: true))
        let marks = [entry.optional("from")?.mark ?? node.mark, entry.optional("to")?.mark ?? node.mark]
        let first = from.flatMap { unit($0, at: marks[0], faults) }
        let second = to.flatMap { unit($0, at: marks[1], faults) }
        guard let from, let to, let first, let second else { return nil }
        if let conversion = UnitConversion(from: first, to: second) { return conversion }
        faults.error(.unit, at: marks[1], Self.differ(from, first, to, second))
        return nil
    }
}

/// Why amounts cannot be turned.
struct UnitFault: Error, CustomStringConvertible {
    /// One sentence.
    let description: String
}
