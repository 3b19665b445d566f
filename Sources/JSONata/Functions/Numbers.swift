/// What the functions on numbers do.
enum Numbers {
    static func sum(_ list: Item) throws(JSONataError) -> Item {
        guard case .array(let array) = list else { return .undefined }
        if let range = array.untouchedRange {
            // The sum of a range without looking into it; exact as long as a double is.
            let (first, last) = (Double(range.first), Double(range.last))
            return .number((first + last) * (last - first + 1) / 2)
        }
        return .number(array.items.reduce(0.0) { $0 + ($1.amount ?? 0) })
    }

    static func count(_ list: Item) -> Item {
        guard case .array(let array) = list else { return .number(list.isUndefined ? 0 : 1) }
        return .number(Double(array.count))
    }

    static func extreme(_ list: Item, _ isBetter: (Double, Double) -> Bool) -> Item {
        guard case .array(let array) = list, array.count > 0 else { return .undefined }
        var best: Double?
        for item in array.items {
            guard let amount = item.amount else { continue }
            if let current = best, !isBetter(amount, current) { continue }
            best = amount
        }
        return best.map { .number($0) } ?? .undefined
    }

    static func average(_ list: Item) throws(JSONataError) -> Item {
        guard case .array(let array) = list, array.count > 0, let total = try sum(list).amount else {
            return .undefined
        }
        return .number(total / Double(array.count))
    }

    static func unary(_ item: Item, _ calculate: (Double) -> Double) -> Item {
        item.amount.map { .number(calculate($0)) } ?? .undefined
    }

    static func number(_ item: Item) throws(JSONataError) -> Item {
        switch item {
        case .undefined, .unassigned, .number, .numeral: return item.isUndefined ? .undefined : item
        case .bool(let flag): return .number(flag ? 1 : 0)
        case .string(let text):
            if let number = NumberText.read(text) { return .number(number) }
            throw JSONataError("D3030", value: item)
        default: throw JSONataError("D3030", value: item)
        }
    }

    /// Half goes to the even neighbour; the point is moved in the decimal notation, not by multiplying.
    static func round(_ item: Item, _ precision: Item) -> Item {
        guard let number = item.amount, number.isFinite else { return item.isUndefined ? .undefined : item }
        return .number(round(number, precision.amount ?? 0))
    }

    static func round(_ number: Double, _ precision: Double) -> Double {
        guard precision.magnitude < 1_000, let shift = Int(exactly: precision) else { return .nan }
        let moved = shift == 0 ? number : shifted(number, by: shift)
        guard moved.isFinite else { return moved }
        var result = (moved + 0.5).rounded(.down)
        if moved.magnitude >= 4_503_599_627_370_496 { result = moved }
        if (result - moved).magnitude == 0.5, result.magnitude.truncatingRemainder(dividingBy: 2) == 1 { result -= 1 }
        if shift != 0 { result = shifted(result, by: -shift) }
        return result == 0 ? 0 : result
    }

    /// The number with its decimal point so many places further right.
    private static func shifted(_ number: Double, by places: Int) -> Double {
        if number == 0 { return 0 }
        let (digits, point) = NumberText.shortest(number.magnitude)
        let amount = Double("0." + String(decoding: digits, as: UTF8.self) + "e\(point + places)") ?? .nan
        return number < 0 ? -amount : amount
    }

    static func squareRoot(_ item: Item) throws(JSONataError) -> Item {
        guard let number = item.amount else { return .undefined }
        if number < 0 { throw JSONataError("D3060", value: item) }
        return .number(number.squareRoot())
    }

    static func power(_ base: Item, _ exponent: Item) throws(JSONataError) -> Item {
        guard let number = base.amount else { return .undefined }
        // Without an exponent the language calculates with what is no number.
        let result = NumberText.power(number, exponent.amount ?? .nan)
        if !result.isFinite { throw JSONataError("D3061", value: base, second: exponent) }
        return .number(result)
    }

    static func formatBase(_ item: Item, _ radix: Item) throws(JSONataError) -> Item {
        guard let number = item.amount else { return .undefined }
        let base = round(radix.amount ?? 10, 0)
        guard base >= 2, base <= 36 else { throw JSONataError("D3100", value: .number(base)) }
        let whole = round(number, 0)
        guard whole.magnitude < 9e18 else { return .string(NumberText.text(whole)) }
        return .string(String(Int(whole), radix: Int(base)))
    }
}
