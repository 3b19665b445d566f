import MillraceCore
import MillraceValues

extension ReadingBatch {
    /// The rows in the order of their positions, those of one position as they were; without the rows that are not wanted.
    func sortedByPosition(where isWanted: (Int64) -> Bool = { _ in true }) -> ReadingBatch {
        var order = (0..<count).filter { isWanted(positions[$0]) }
        let isSorted = zip(order, order.dropFirst()).allSatisfy { positions[$0] <= positions[$1] }
        if isSorted, order.count == count { return self }
        if !isSorted { order.sort { (positions[$0], $0) < (positions[$1], $1) } }
        return picking(order[...])
    }

    /// Without the rows before an instant, but for the last of each data item: what was so when the instant came.
    func dropping(before start: Instant) -> ReadingBatch {
        guard instants.contains(where: { $0 < start }) else { return self }
        var last: [[String?]: Int] = [:]
        let identity: [ObservationField] = [.deviceUuid, .device, .dataItem, .key]
        func item(_ row: Int) -> [String?] { identity.map { text(row: row, field: $0.rawValue) } }
        for row in 0..<count where instants[row] < start {
            let item = item(row)
            if let known = last[item], instants[known] > instants[row] { continue }
            last[item] = row
        }
        let kept = Set(last.values)
        let rows = (0..<count).filter { instants[$0] >= start || kept.contains($0) }
        return picking(rows[...])
    }

    /// These rows, in this order.
    func picking(_ rows: ArraySlice<Int>) -> ReadingBatch {
        var result = ReadingBatch(source: source, names: names)
        result.bytes = bytes
        (result.continuesUnbroken, result.numbering) = (continuesUnbroken, numbering)
        let width = names.count
        result.spans.reserveCapacity(rows.count * width)
        for row in rows { for place in (row * width)..<((row + 1) * width) { result.spans.append(spans[place]) } }
        result.positions = rows.map { positions[$0] }
        if !instants.isEmpty { result.instants = rows.map { instants[$0] } }
        if !resets.isEmpty {
            for (index, row) in rows.enumerated() where resets.contains(row) { result.resets.insert(index) }
        }
        return result
    }
}
