// One table and one switch over all functions of the language, in their groups.

/// The language's own functions.
enum Builtin: String, CaseIterable {
    case sum, count, max, min, average
    case string, substring, substringBefore, substringAfter, lowercase, uppercase, length, trim, pad, match, contains
    case replace, split, join, base64encode, base64decode
    case encodeUrlComponent, encodeUrl, decodeUrlComponent, decodeUrl
    case formatNumber, formatBase, formatInteger, parseInteger
    case number, floor, ceil, round, abs, sqrt, power, random, boolean, not
    case map, zip, filter, single, reduce, sift, each
    case keys, lookup, append, exists, spread, merge, reverse, error, assert, type, sort, shuffle, distinct
    case eval, toMillis, fromMillis, clone, now, millis

    /// How many arguments a function that calls it passes.
    var arity: Int {
        switch self {
        case .zip, .random, .millis: 0
        case .substringBefore, .substringAfter, .contains, .join, .formatBase, .formatInteger, .parseInteger, .round,
            .power, .map, .filter, .single, .sift, .each, .lookup, .append, .assert, .sort, .eval, .toMillis, .now:
            2
        case .substring, .pad, .match, .split, .formatNumber, .reduce, .fromMillis: 3
        case .replace: 4
        default: 1
        }
    }

    /// The kinds of its arguments.
    var notation: String {
        switch self {
        case .sum, .max, .min, .average: "<a<n>:n>"
        case .count: "<a:n>"
        case .string: "<x-b?:s>"
        case .substring: "<s-nn?:s>"
        case .substringBefore, .substringAfter: "<s-s:s>"
        case .lowercase, .uppercase, .trim, .base64encode, .base64decode, .encodeUrlComponent, .encodeUrl,
            .decodeUrlComponent, .decodeUrl, .length:
            "<s-:s>"
        case .pad: "<s-ns?:s>"
        case .match: "<s-f<s:o>n?:a<o>>"
        case .contains: "<s-(sf):b>"
        case .replace: "<s-(sf)(sf)n?:s>"
        case .split: "<s-(sf)n?:a<s>>"
        case .join: "<a<s>s?:s>"
        case .formatNumber: "<n-so?:s>"
        case .formatBase: "<n-n?:s>"
        case .formatInteger: "<n-s:s>"
        case .parseInteger: "<s-s:n>"
        case .number: "<(nsb)-:n>"
        case .floor, .ceil, .abs, .sqrt: "<n-:n>"
        case .round: "<n-n?:n>"
        case .power: "<n-n:n>"
        case .random, .millis: "<:n>"
        case .boolean, .not: "<x-:b>"
        case .map, .filter: "<af>"
        case .zip: "<a+>"
        case .single: "<af?>"
        case .reduce: "<afj?:j>"
        case .sift: "<o-f?:o>"
        case .each: "<o-f:a>"
        case .keys: "<x-:a<s>>"
        case .lookup: "<x-s:x>"
        case .append: "<xx:a>"
        case .exists: "<x:b>"
        case .spread: "<x-:a<o>>"
        case .merge: "<a<o>:o>"
        case .reverse, .shuffle: "<a:a>"
        case .error: "<s?:x>"
        case .assert: "<bs?:x>"
        case .type: "<x:s>"
        case .sort: "<af?:a>"
        case .distinct: "<x:x>"
        case .eval: "<sx?:x>"
        case .toMillis: "<s-s?:n>"
        case .fromMillis: "<n-s?s?:s>"
        case .clone: "<(oa)-:o>"
        case .now: "<s?s?:s>"
        }
    }

    /// The kinds of its arguments, read.
    var signature: Signature? {
        // The notations above are constant and known to be right: a test reads them all.
        do { return try Signature(notation, at: 0) } catch { return nil }
    }

    /// Calls it with checked arguments.
    func call(_ given: [Item], _ caller: Caller) throws(JSONataError) -> Item {
        let arguments = Arguments(given)
        do {
            switch self {
            case .sum, .count, .max, .min, .average, .formatBase, .number, .floor, .ceil, .round, .abs, .sqrt, .power,
                .random, .boolean, .not, .formatNumber, .formatInteger, .parseInteger, .toMillis, .fromMillis, .now,
                .millis:
                return try callNumeric(arguments, caller)
            case .map, .zip, .filter, .single, .reduce, .sift, .each, .sort, .shuffle, .distinct, .append, .reverse:
                return try callList(arguments, caller).held()
            case .keys, .lookup, .exists, .spread, .merge, .error, .assert, .type, .clone, .eval:
                return try callObject(arguments, caller)
            default: return try callText(arguments, caller)
            }
        } catch {
            throw error.located(at: caller.span, token: rawValue)
        }
    }

    private func callNumeric(_ given: Arguments, _ caller: Caller) throws(JSONataError) -> Item {
        switch self {
        case .sum: return try Numbers.sum(given[0])
        case .count: return Numbers.count(given[0])
        case .max: return Numbers.extreme(given[0]) { $0 > $1 }
        case .min: return Numbers.extreme(given[0]) { $0 < $1 }
        case .average: return try Numbers.average(given[0])
        case .number: return try Numbers.number(given[0])
        case .floor: return Numbers.unary(given[0]) { $0.rounded(.down) }
        case .ceil: return Numbers.unary(given[0]) { $0.rounded(.up) }
        case .abs: return Numbers.unary(given[0]) { $0.magnitude }
        case .round: return Numbers.round(given[0], given[1])
        case .sqrt: return try Numbers.squareRoot(given[0])
        case .power: return try Numbers.power(given[0], given[1])
        case .random: return .number(caller.machine.environment.random())
        case .boolean: return given[0].isUndefined ? .undefined : .bool(given[0].truth)
        case .not: return given[0].isUndefined ? .undefined : .bool(!given[0].truth)
        case .formatBase: return try Numbers.formatBase(given[0], given[1])
        case .formatNumber: return try NumberPicture.format(given[0], given[1], given[2])
        case .formatInteger: return try IntegerPicture.format(given[0], given[1])
        case .parseInteger: return try IntegerPicture.parse(given[0], given[1])
        case .toMillis: return try TimePictures.toMillis(given[0], given[1], caller)
        case .fromMillis: return try TimePictures.fromMillis(given[0], given[1], given[2], caller)
        case .now:
            return try TimePictures.fromMillis(.number(Double(caller.machine.millis)), given[0], given[1], caller)
        default: return .number(Double(caller.machine.millis))
        }
    }

    private func callList(_ given: Arguments, _ caller: Caller) throws(JSONataError) -> Item {
        switch self {
        case .map: return try Lists.map(given[0], given.function(1), caller)
        case .filter: return try Lists.filter(given[0], given.function(1), caller)
        case .single: return try Lists.single(given[0], given.function(1), caller)
        case .reduce: return try Lists.reduce(given[0], given.function(1), given[2], caller)
        case .sift: return try Lists.sift(given[0], given.function(1), caller)
        case .each: return try Lists.each(given[0], given.function(1), caller)
        case .sort: return try Lists.sort(given[0], given.function(1), caller)
        case .zip: return Lists.zip(given.all)
        case .shuffle: return Lists.shuffle(given[0], caller)
        case .distinct: return Lists.distinct(given[0])
        case .append:
            let result = Lists.append(given[0], given[1])
            if case .array(let array) = result { try caller.machine.hold(array.count) }
            return result
        default: return Lists.reverse(given[0])
        }
    }

    private func callObject(_ given: Arguments, _ caller: Caller) throws(JSONataError) -> Item {
        switch self {
        case .keys: return Objects.keys(given[0])
        case .lookup: return Objects.lookup(given[0], given.text(1) ?? "")
        case .exists: return .bool(!given[0].isUndefined)
        case .spread: return Objects.spread(given[0])
        case .merge: return Objects.merge(given[0])
        case .clone: return try given[0].cloned()
        case .type: return Objects.type(given[0])
        case .error:
            throw JSONataError("D3137", message: given.message(0) ?? "$error() function evaluated")
        case .assert:
            if given[0].truth { return .undefined }
            throw JSONataError("D3141", message: given.message(1) ?? "$assert() statement failed")
        default: return try Objects.eval(given[0], given[1], caller)
        }
    }

    private func callText(_ given: Arguments, _ caller: Caller) throws(JSONataError) -> Item {
        if self == .string { return try Strings.string(given[0], pretty: given[1]) }
        if self == .join { return try Strings.join(given[0], given.text(1) ?? "", caller) }
        // All the others have no result without a text.
        guard let text = given.text(0) else { return .undefined }
        switch self {
        case .substring: return Strings.substring(text, given[1], given[2])
        case .substringBefore: return Strings.before(text, given[1])
        case .substringAfter: return Strings.after(text, given[1])
        case .lowercase: return .string(Strings.lowercase(text))
        case .uppercase: return .string(text.uppercased())
        case .length: return .number(Double(Text.length(text)))
        case .trim: return .string(Strings.trim(text))
        case .pad: return try Strings.pad(text, given[1], given[2], caller)
        case .match: return try Matching.match(text, given[1], given[2], caller)
        case .contains: return try Matching.contains(text, given[1], caller)
        case .replace: return try Matching.replace(text, given[1], given[2], given[3], caller)
        case .split: return try Matching.split(text, given[1], given[2], caller)
        case .base64encode: return .string(Encoding.base64(text))
        case .base64decode: return Encoding.fromBase64(text)
        case .encodeUrl: return .string(Encoding.percent(text, keeping: Encoding.wholeURL))
        case .encodeUrlComponent: return .string(Encoding.percent(text, keeping: Encoding.component))
        case .decodeUrl: return try Encoding.fromPercent(text, keeping: Encoding.reserved)
        default: return try Encoding.fromPercent(text, keeping: [])
        }
    }
}

/// The arguments of a call; one that is missing is nothing.
struct Arguments {
    let all: [Item]

    init(_ all: [Item]) { self.all = all }

    subscript(index: Int) -> Item { index < all.count ? all[index] : .undefined }

    func text(_ index: Int) -> String? {
        if case .string(let text) = self[index] { return text }
        return nil
    }

    /// A text that says something.
    func message(_ index: Int) -> String? { text(index).flatMap { $0.isEmpty ? nil : $0 } }

    func function(_ index: Int) -> Function? {
        if case .function(let function) = self[index] { return function }
        return nil
    }
}
