// Hot path: every JSON object passes here. Guarded by `script/bench`.

/// The members of an object while it is read: finds a name's second time without looking at all names each time.
///
/// While the names are those of the object before, in order, no name is made and none needs a check.
struct JSONMembers {
    /// The values so far.
    var values: [Value] = []
    private let expected: [String]
    private var matched = 0
    /// Names so far once one was not as expected; empty before.
    private var keys: [String] = []
    /// All names so far, once there are more than eight.
    private var known: Set<String> = []

    init(expecting expected: [String]) {
        self.expected = expected
        values.reserveCapacity(expected.count)
    }

    /// Whether all names so far are as expected.
    private var isOnTrack: Bool { keys.isEmpty }

    /// Takes the name in quotes at `offset` if it is the next one expected; the bytes it covers, else nil.
    mutating func takeExpected(_ bytes: Span<UInt8>, at offset: Int) -> Int? {
        guard isOnTrack, matched < expected.count else { return nil }
        var position = offset &+ 1
        for byte in expected[matched].utf8 {
            // A quote or a backslash in a name is never raw in the text, so such names do not match here.
            guard position < bytes.count, bytes[position] == byte, byte != 0x22, byte != 0x5C, byte >= 0x20 else {
                return nil
            }
            position &+= 1
        }
        guard position < bytes.count, bytes[position] == 0x22 else { return nil }
        matched += 1
        return position &+ 1 &- offset
    }

    /// Adds a name; false where it was there before.
    mutating func add(_ key: String) -> Bool {
        if isOnTrack { keys = Array(expected.prefix(matched)) }
        if keys.count <= 8 {
            if keys.contains(key) { return false }
        } else {
            if known.isEmpty { known = Set(keys) }
            guard known.insert(key).inserted else { return false }
        }
        keys.append(key)
        return true
    }

    /// All names.
    func finish() -> [String] {
        guard isOnTrack else { return keys }
        return matched == expected.count ? expected : Array(expected.prefix(matched))
    }
}
