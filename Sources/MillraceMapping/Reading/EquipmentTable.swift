// Hot path: every row names its equipment. Guarded by `script/bench`.

import MillraceCore
import MillraceValues

/// The equipment that the rows of a connector name, numbered in the order in which they were met; goes on from batch to batch.
///
/// Rows of a log go round the machines in the same order, so the text that followed this one the last time is tried first: nothing is
/// hashed and no text is made of it.
public struct EquipmentTable: Sendable {
    /// The equipment by number.
    private(set) var names: [String] = []
    private var indices: [String: Int32] = [:]
    /// The texts by which rows named them, which a mapping's table may turn into other names.
    private var texts: [(bytes: [UInt8], index: Int32)] = []
    private var places: [String: Int] = [:]
    private var followers: [Int] = []
    private var last = -1

    /// Nothing was met yet.
    public init() {}

    /// The number of the equipment; a new one where it was not met.
    mutating func index(of name: String) -> Int32 {
        if let index = indices[name] { return index }
        let index = Int32(truncatingIfNeeded: names.count)
        indices[name] = index
        names.append(name)
        return index
    }

    /// The equipment that the field names; nil where its text is new.
    @inline(__always) mutating func index(of field: Int, in batch: ReadingBatch) -> Int32? {
        if last < 0 { return nil }
        let follower = followers[last]
        if follower >= 0, batch.field(field, is: texts[follower].bytes) {
            last = follower
            return texts[follower].index
        }
        if batch.field(field, is: texts[last].bytes) { return texts[last].index }
        guard let place = places[batch.spans[field].text(in: batch.bytes)] else { return nil }
        followers[last] = place
        last = place
        return texts[place].index
    }

    /// Adds a text that was not known, behind the one before.
    mutating func add(_ text: String, _ index: Int32) {
        if last >= 0 { followers[last] = texts.count }
        last = texts.count
        places[text] = last
        texts.append((Array(text.utf8), index))
        followers.append(-1)
    }
}
