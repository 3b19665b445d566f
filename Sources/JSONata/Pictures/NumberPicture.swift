/// How `$formatNumber` writes numbers.
///
/// - Source: XPath and XQuery Functions 3.1, section 4.7.
struct NumberPicture {
    typealias Scalars = [Unicode.Scalar]

    /// The characters that mean something in a picture, and in the result.
    private struct Signs {
        var decimal: Scalars = ["."]
        var grouping: Scalars = [","]
        var exponent: Scalars = ["e"]
        var minus: Scalars = ["-"]
        var percent: Scalars = ["%"]
        var perMille: Scalars = ["\u{2030}"]
        var zero: Scalars = ["0"]
        var digit: Scalars = ["#"]
        var pattern: Scalars = [";"]

        init(_ options: Item) {
            guard case .object(let object) = options else { return }
            func set(_ name: String, _ sign: inout Scalars) {
                if case .string(let text)? = object[name], !text.isEmpty { sign = Array(text.unicodeScalars) }
            }
            set("decimal-separator", &decimal)
            set("grouping-separator", &grouping)
            set("exponent-separator", &exponent)
            set("minus-sign", &minus)
            set("percent", &percent)
            set("per-mille", &perMille)
            set("zero-digit", &zero)
            set("digit", &digit)
            set("pattern-separator", &pattern)
        }

        func isDigit(_ scalar: Unicode.Scalar) -> Bool {
            guard let first = zero.first?.value else { return false }
            return scalar.value >= first && scalar.value <= first + 9
        }

        func isPlace(_ scalar: Unicode.Scalar) -> Bool { isDigit(scalar) || [scalar] == digit }

        func isActive(_ scalar: Unicode.Scalar) -> Bool {
            isPlace(scalar)
                || [[scalar]].contains { $0 == decimal || $0 == exponent || $0 == grouping || $0 == pattern }
        }

        /// A plain digit in the picture's script.
        func shown(_ digit: UInt8) -> Unicode.Scalar {
            Unicode.Scalar((zero.first?.value ?? 0x30) + UInt32(digit - 0x30)) ?? "0"
        }
    }

    private var prefix: Scalars = []
    private var suffix: Scalars = []
    private var active: Scalars = []
    private var whole: Scalars = []
    private var fraction: Scalars = []
    private var exponent: Scalars?
    private let picture: Scalars
    private let signs: Signs

    static func format(_ number: Item, _ picture: Item, _ options: Item) throws(JSONataError) -> Item {
        guard let amount = number.amount else { return .undefined }
        guard case .string(let picture) = picture else { return .undefined }
        let signs = Signs(options)
        let parts = split(Array(picture.unicodeScalars), signs.pattern)
        if parts.count > 2 { throw JSONataError("D3080", value: .string(picture)) }
        var pictures: [NumberPicture] = []
        for part in parts { pictures.append(try NumberPicture(part, signs)) }
        var chosen = pictures[0]
        if amount < 0 {
            if pictures.count == 2 { chosen = pictures[1] } else { chosen.prefix = signs.minus + chosen.prefix }
        }
        var view = String.UnicodeScalarView()
        view.append(contentsOf: chosen.write(amount))
        return .string(String(view))
    }

    private static func split(_ scalars: Scalars, _ separator: Scalars) -> [Scalars] {
        var parts: [Scalars] = []
        var start = 0
        while let index = find(separator, in: scalars, from: start) {
            parts.append(Array(scalars[start..<index]))
            start = index + separator.count
        }
        return parts + [Array(scalars[start...])]
    }

    private static func find(_ part: Scalars, in scalars: Scalars, from start: Int = 0) -> Int? {
        guard scalars.count >= part.count else { return nil }
        var index = start
        while index + part.count <= scalars.count {
            if Array(scalars[index..<(index + part.count)]) == part { return index }
            index += 1
        }
        return nil
    }

    private static func count(_ part: Scalars, in scalars: Scalars) -> Int { split(scalars, part).count - 1 }

    // MARK: reading

    private init(_ picture: Scalars, _ signs: Signs) throws(JSONataError) {
        (self.picture, self.signs) = (picture, signs)
        let isEdge = { (scalar: Unicode.Scalar) in signs.isActive(scalar) && [scalar] != signs.exponent }
        guard let first = picture.firstIndex(where: isEdge), let last = picture.lastIndex(where: isEdge) else {
            throw JSONataError("D3086")
        }
        prefix = Array(picture[..<first])
        suffix = Array(picture[(last + 1)...])
        active = Array(picture[first...last])
        var mantissa = active
        if let place = Self.find(signs.exponent, in: active) {
            mantissa = Array(active[..<place])
            exponent = Array(active[(place + signs.exponent.count)...])
        }
        if let point = Self.find(signs.decimal, in: mantissa) {
            whole = Array(mantissa[..<point])
            fraction = Array(mantissa[(point + signs.decimal.count)...])
        } else {
            whole = mantissa
        }
        if let code = fault(mantissa) { throw JSONataError(code) }
    }

    /// What is wrong with the picture; of several faults the last in the order of the rules.
    private func fault(_ mantissa: Scalars) -> String? {
        var code: String?
        let (percents, perMilles) = (Self.count(signs.percent, in: picture), Self.count(signs.perMille, in: picture))
        if Self.count(signs.decimal, in: picture) > 1 { code = "D3081" }
        if percents > 1 { code = "D3082" }
        if perMilles > 1 { code = "D3083" }
        if percents > 0, perMilles > 0 { code = "D3084" }
        if !mantissa.contains(where: signs.isPlace) { code = "D3085" }
        if !active.allSatisfy(signs.isActive) { code = "D3086" }
        if Self.find(signs.decimal, in: picture) != nil {
            if Self.find(signs.grouping + signs.decimal, in: picture) != nil
                || Self.find(signs.decimal + signs.grouping, in: picture) != nil
            {
                code = "D3087"
            }
        } else if whole.suffix(signs.grouping.count) == signs.grouping[...] {
            code = "D3088"
        }
        if Self.find(signs.grouping + signs.grouping, in: picture) != nil { code = "D3089" }
        if let place = whole.firstIndex(where: { [$0] == signs.digit }), whole[..<place].contains(where: signs.isDigit)
        {
            code = "D3090"
        }
        if let place = fraction.lastIndex(where: { [$0] == signs.digit }),
            fraction[place...].contains(where: signs.isDigit)
        {
            code = "D3091"
        }
        if let exponent {
            if !exponent.isEmpty, percents + perMilles > 0 { code = "D3092" }
            if exponent.isEmpty || !exponent.allSatisfy(signs.isDigit) { code = "D3093" }
        }
        return code
    }

    // MARK: writing

    private func positions(_ part: Scalars, fromLeft: Bool) -> [Int] {
        guard signs.grouping.count == 1 else { return [] }
        return part.indices.filter { [part[$0]] == signs.grouping }.map { place in
            (fromLeft ? part[..<place] : part[place...]).count(where: signs.isPlace)
        }
    }

    private func write(_ number: Double) -> Scalars {
        var least = whole.count(where: signs.isDigit)
        let scaling = least
        var (leastFraction, mostFraction) = (fraction.count(where: signs.isDigit), fraction.count(where: signs.isPlace))
        if least == 0, mostFraction == 0 {
            if exponent != nil { (leastFraction, mostFraction) = (1, 1) } else { least = 1 }
        }
        if exponent != nil, least == 0, whole.contains(where: { [$0] == signs.digit }) { least = 1 }
        if least == 0, leastFraction == 0 { leastFraction = 1 }

        var amount = number.magnitude
        if Self.find(signs.percent, in: picture) != nil { amount *= 100 }
        if Self.find(signs.perMille, in: picture) != nil { amount *= 1000 }
        var power = 0
        if exponent != nil, amount > 0, amount.isFinite {
            let (highest, lowest) = (NumberText.power(10, Double(scaling)), NumberText.power(10, Double(scaling - 1)))
            while amount < lowest {
                amount *= 10
                power -= 1
            }
            while amount > highest {
                amount /= 10
                power += 1
            }
        }
        var (left, right) = digits(Numbers.round(amount, Double(mostFraction)), places: mostFraction)
        left = Array(left.drop { $0 == 0x30 })
        while right.last == 0x30 { right.removeLast() }
        while left.count < least { left.insert(0x30, at: 0) }
        while right.count < leastFraction { right.append(0x30) }

        var result = grouped(left.map(signs.shown))
        var behind = right.map(signs.shown)
        for place in positions(fraction, fromLeft: true).enumerated().map({ $1 + $0 }) where place <= behind.count {
            behind.insert(contentsOf: signs.grouping, at: place)
        }
        if Self.find(signs.decimal, in: picture) != nil, !behind.isEmpty { result += signs.decimal + behind }
        if let exponent {
            var shown = Array(String(power.magnitude).utf8)
            while shown.count < exponent.count { shown.insert(0x30, at: 0) }
            result += signs.exponent + (power < 0 ? signs.minus : []) + shown.map(signs.shown)
        }
        return prefix + result + suffix
    }

    private func grouped(_ digits: Scalars) -> Scalars {
        let places = positions(whole, fromLeft: false)
        let step = IntegerPicture.distance(places)
        var result = digits
        if step > 0 {
            var place = digits.count - step
            while place > 0 {
                result.insert(contentsOf: signs.grouping, at: place)
                place -= step
            }
        } else {
            for place in places.sorted(by: <) where place < digits.count {
                result.insert(contentsOf: signs.grouping, at: digits.count - place)
            }
        }
        return result
    }

    /// The digits before and behind the point.
    private func digits(_ amount: Double, places: Int) -> ([UInt8], [UInt8]) {
        guard amount > 0, amount.isFinite else { return ([0x30], []) }
        let (digits, point) = NumberText.shortest(amount)
        if point <= 0 { return ([0x30], [UInt8](repeating: 0x30, count: -point) + digits) }
        if point >= digits.count { return (digits + [UInt8](repeating: 0x30, count: point - digits.count), []) }
        return (Array(digits[..<point]), Array(digits[point...]))
    }
}
