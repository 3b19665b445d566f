import MillraceValues

/// Sizes as a site's files say them.
enum ByteCount {
    /// The bytes that the whole text says: a number, an optional blank and one of B, kB, MB, GB, TB (by thousands).
    static func parse(_ text: String) -> Int64? {
        let units: [(String, Int64)] = [
            ("TB", 1_000_000_000_000), ("GB", 1_000_000_000), ("MB", 1_000_000), ("kB", 1_000), ("KB", 1_000), ("B", 1),
        ]
        for (unit, factor) in units where text.hasSuffix(unit) {
            var number = text.dropLast(unit.count)
            if number.hasSuffix(" ") { number = number.dropLast() }
            guard let amount = ExactDecimal(number), !amount.isNegative else { return nil }
            return (try? amount.multiplied(by: ExactDecimal(factor)))?.integer  // try?: too large is no size either
        }
        return nil
    }
}
