import MillraceCore
import MillraceMapping
import MillraceValues

/// What a mapping makes of a sum.
enum Telling: Equatable {
    /// The body, and its bytes where the mapping says how they are written.
    case body(Value, [UInt8]?)
    /// It would wait for a person, and why.
    case parked(String)
    /// No document, and why.
    case none(String)
}

/// Tells sums by one mapping, all as the first document of their key.
final class SumTeller {
    let mapping: DocumentMapping
    /// Whether its documents carry a figure in the place of an amount.
    let isAbsolute: Bool
    private let site: SiteID
    /// The plain body for sums with those fields; nil where each is told by itself.
    private var plain: (fields: [String], body: PlainBody?)?

    init(_ mapping: DocumentMapping, isAbsolute: Bool, site: SiteID) {
        (self.mapping, self.isAbsolute, self.site) = (mapping, isAbsolute, site)
    }

    /// What it makes of the sum; `opening` is an absolute figure's.
    func outcome(_ stem: String, _ sum: Sum, opening: ExactDecimal?) throws -> Telling {
        if sum.identity.kind == .downtime, sum.interval == nil { return .none("the stop is not told any more") }
        let figures = try opening.map { try sum.total.adding(Amounts(good: $0)) } ?? sum.total
        var told = sum
        told.fields = sum.booked
        do throws(MappingFault) {
            let key = DocumentKey.key(stem: stem, revision: 1)
            if sum.identity.kind == .productionCount,
                let body = try plain(told.fields.keys)?.body(of: told, amounts: figures, key: key)
            {
                return .body(body, nil)
            }
            let inputs = DocumentInputs.inputs(of: told, amounts: figures, key: key, revision: 1, site: site)
            if mapping.skips(inputs) { return .none("'skip-when' holds") }
            let body = try mapping.body(for: inputs)
            return .body(body, try mapping.written(body)?.bytes)
        } catch {
            return .parked(error.sentence)
        }
    }

    private func plain(_ fields: [String]) -> PlainBody? {
        if let plain, plain.fields == fields { return plain.body }
        plain = (fields, PlainBody(mapping, fields: fields, site: site))
        return plain?.body
    }
}
