/// What the functions with patterns do. A pattern is a text, a regular expression, or any function that finds matches.
enum Matching {
    /// A match as a matcher function reports it.
    private struct Match {
        let text: String
        let start: Int
        let end: Int
        let groups: [Item]
        let object: Item
        let next: Item
    }

    /// Calls a matcher; nil where it found nothing.
    private static func find(
        _ function: Function, _ arguments: [Item], _ caller: Caller
    ) throws(JSONataError) -> Match? {
        let result = try caller.machine.apply(function, arguments, caller)
        if result.isUndefined { return nil }
        guard case .object(let object) = result, let start = object["start"]?.amount, let end = object["end"]?.amount
        else { throw JSONataError("T1010", value: result) }
        var text = ""
        if case .string(let matched)? = object["match"] { text = matched }
        return Match(
            text: text, start: Int(start), end: Int(end), groups: object["groups"]?.listed ?? [], object: result,
            next: object["next"] ?? .undefined)
    }

    private static func next(_ match: Match, _ caller: Caller) throws(JSONataError) -> Match? {
        guard case .function(let function) = match.next else { return nil }
        return try find(function, [], caller)
    }

    /// A limit; nil without one.
    private static func limit(_ item: Item, _ code: String) throws(JSONataError) -> Int? {
        guard let number = item.amount else { return nil }
        if number < 0 { throw JSONataError(code, value: item) }
        return number > 1e9 ? nil : Int(number.rounded(.up))
    }

    private static func text(_ units: [UInt16], _ start: Int, _ end: Int) -> String {
        let (from, to) = (max(0, min(start, units.count)), max(0, min(end, units.count)))
        return String(decoding: units[min(from, to)..<max(from, to)], as: UTF16.self)
    }

    static func contains(_ text: String, _ token: Item, _ caller: Caller) throws(JSONataError) -> Item {
        switch token {
        case .string(let part): .bool(Text.find(Array(part.utf8), in: Array(text.utf8)) != nil)
        case .function(let function): .bool(try find(function, [.string(text)], caller) != nil)
        default: .undefined
        }
    }

    static func match(_ text: String, _ pattern: Item, _ limit: Item, _ caller: Caller) throws(JSONataError) -> Item {
        let most = try Self.limit(limit, "D3040")
        guard case .function(let function) = pattern else { return .undefined }
        var results: [Item] = []
        if most == 0 { return .array(ItemArray(results, .sequence)) }
        let shape = Shape(["match", "index", "groups"])
        var found = try find(function, [.string(text)], caller)
        while let match = found, results.count < most ?? .max {
            let values: [Item] = [
                .string(match.text), .number(Double(match.start)), .array(ItemArray(match.groups)),
            ]
            results.append(.object(ItemObject(shape, values)))
            try caller.machine.hold(results.count)
            found = try next(match, caller)
        }
        return .array(ItemArray(results, .sequence))
    }

    static func split(
        _ text: String, _ separator: Item, _ limit: Item, _ caller: Caller
    ) throws(JSONataError) -> Item {
        if let number = limit.amount, number < 0 { throw JSONataError("D3020", value: limit) }
        if limit.amount == 0 { return .array(ItemArray([])) }
        switch separator {
        case .string(let separator):
            // A text is split at whole places: the limit is cut.
            let most = limit.amount.map { Int(min($0, 4e9).rounded(.down)) }
            return .array(ItemArray(parts(text, separator, most ?? .max)))
        case .function(let function):
            let most = try Self.limit(limit, "D3020")
            let units = Array(text.utf16)
            var (results, start): ([Item], Int) = ([], 0)
            var found = try find(function, [.string(text)], caller)
            while let match = found, results.count < most ?? .max {
                results.append(.string(Self.text(units, start, match.start)))
                start = match.end
                found = try next(match, caller)
            }
            if results.count < most ?? .max { results.append(.string(Self.text(units, start, units.count))) }
            return .array(ItemArray(results))
        default: return .undefined
        }
    }

    private static func parts(_ text: String, _ separator: String, _ most: Int) -> [Item] {
        if separator.isEmpty {
            return text.utf16.prefix(most).map { .string(String(decoding: [$0], as: UTF16.self)) }
        }
        let (bytes, part) = (Array(text.utf8), Array(separator.utf8))
        var (results, start): ([Item], Int) = ([], 0)
        while let index = Text.find(part, in: bytes, from: start) {
            if results.count == most { return results }
            results.append(.string(Text.slice(bytes, start, index)))
            start = index + part.count
        }
        if results.count < most { results.append(.string(Text.slice(bytes, start, bytes.count))) }
        return results
    }

    static func replace(
        _ text: String, _ pattern: Item, _ replacement: Item, _ limit: Item, _ caller: Caller
    ) throws(JSONataError) -> Item {
        if case .string(let part) = pattern, part.isEmpty { throw JSONataError("D3010", value: pattern) }
        let most = try Self.limit(limit, "D3011") ?? .max
        if most == 0 { return .string(text) }
        switch pattern {
        case .string(let part):
            guard case .string(let new) = replacement else { return .undefined }
            return .string(try replaced(text, part, new, most, caller))
        case .function(let function):
            let units = Array(text.utf16)
            var (result, position, count) = ("", 0, 0)
            var found = try find(function, [.string(text)], caller)
            if found == nil { return .string(text) }
            while let match = found, count < most {
                result += Self.text(units, position, match.start)
                result += try substitute(match, replacement, caller)
                try caller.machine.hold(text: result.utf8.count)
                position = match.start + match.text.utf16.count
                count += 1
                found = try next(match, caller)
            }
            return .string(result + Self.text(units, position, units.count))
        default: return .undefined
        }
    }

    private static func replaced(
        _ text: String, _ part: String, _ new: String, _ most: Int, _ caller: Caller
    ) throws(JSONataError) -> String {
        let (bytes, old, fresh) = (Array(text.utf8), Array(part.utf8), Array(new.utf8))
        var (result, start, count): ([UInt8], Int, Int) = ([], 0, 0)
        while count < most, let index = Text.find(old, in: bytes, from: start) {
            result += bytes[start..<index]
            result += fresh
            try caller.machine.hold(text: result.count)
            start = index + old.count
            count += 1
        }
        result += bytes[start...]
        return String(decoding: result, as: UTF8.self)
    }

    private static func substitute(
        _ match: Match, _ replacement: Item, _ caller: Caller
    ) throws(JSONataError) -> String {
        switch replacement {
        case .string(let text): return expanded(text, match)
        case .function(let function):
            let result = try caller.machine.apply(function, [match.object], caller)
            guard case .string(let text) = result else { throw JSONataError("D3012", value: result) }
            return text
        default: throw JSONataError("D3012", value: replacement)
        }
    }

    /// The replacement with `$0`, `$1` … filled in; as many digits count as there can be groups.
    private static func expanded(_ text: String, _ match: Match) -> String {
        let bytes = Array(text.utf8)
        let count = match.groups.count
        let digits = count == 0 ? 1 : String(count).utf8.count
        var result: [UInt8] = []
        var index = 0
        while index < bytes.count {
            guard bytes[index] == 0x24 else {
                result.append(bytes[index])
                index += 1
                continue
            }
            index += 1
            if index < bytes.count, bytes[index] == 0x24 {
                result.append(0x24)
                index += 1
            } else if index < bytes.count, bytes[index] == 0x30 {
                result += Array(match.text.utf8)
                index += 1
            } else {
                var group = number(bytes, index, digits)
                if digits > 1, let given = group, given > count { group = number(bytes, index, digits - 1) }
                guard let group else {
                    result.append(0x24)
                    continue
                }
                if group > 0, group <= count, case .string(let part) = match.groups[group - 1] {
                    result += Array(part.utf8)
                }
                index += String(group).utf8.count
            }
        }
        return String(decoding: result, as: UTF8.self)
    }

    private static func number(_ bytes: [UInt8], _ start: Int, _ most: Int) -> Int? {
        var value: Int?
        var index = start
        while index < min(start + most, bytes.count), bytes[index] &- 0x30 < 10 {
            value = (value ?? 0) * 10 + Int(bytes[index] - 0x30)
            index += 1
        }
        return value
    }
}
