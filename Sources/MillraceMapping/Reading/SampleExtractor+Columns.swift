import MillraceCore
import MillraceValues
import MillraceYAML

extension SampleExtractor {
    /// Reports the columns that are missing from the batch and were not missing before.
    func reportColumns(
        missingFrom batch: ReadingBatch, to mapping: MappingName, state: inout ReadingMappingState,
        rejected: inout [SetAside]
    ) {
        if batch.count == 0 { return }
        let missing = missingColumns(of: batch)
        if missing == state.missing { return }
        for column in missing where !state.missing.contains(column) {
            rejected.append(ColumnTrouble(column: column, mapping: mapping, batch: batch).setAside)
        }
        state.missing = missing
    }

    /// The columns that the mapping reads and no row of the batch can have, in the order of their use.
    ///
    /// - Shape: empty for JSON, where a record may lack any member.
    private func missingColumns(of batch: ReadingBatch) -> [String] {
        if !batch.kinds.isEmpty { return [] }
        var columns = time.prefersSource && !batch.instants.isEmpty ? [] : time.columns
        columns += interval?.end?.columns ?? []
        if equipment.fixed == nil { columns.append(equipment.column) }
        columns += whereColumns
        for slot in slots {
            switch slot.origin {
            case .column(let name): columns.append(name)
            case .selector(let parts): columns += parts.map(\.column)
            case .device, .calculated, .interval: continue
            }
        }
        if let valueColumn { columns.append(valueColumn) }
        var missing: [String] = []
        for column in columns where !batch.names.contains(column) && !missing.contains(column) {
            missing.append(column)
        }
        return missing
    }
}

/// A column that a mapping reads and a file does not have: said once, since otherwise its rows would just give nothing.
struct ColumnTrouble {
    let column: String
    let mapping: MappingName
    let batch: ReadingBatch

    /// What is recorded, at the head of the file.
    var setAside: SetAside {
        SetAside(
            place: Place(source: batch.source, position: 0), line: nil, field: column, reason: .column,
            sentence: sentence, content: [])
    }

    private var sentence: String {
        var names = batch.names.prefix(20).map { "'\($0.prefix(60))'" }.joined(separator: ", ")
        if batch.names.count > 20 { names += " and \(batch.names.count - 20) more" }
        return "mapping '\(mapping)' reads the column '\(column)', and there are only \(names)\(advice)"
    }

    /// The nearest name, or the delimiter that stands in the only one.
    private var advice: String {
        if batch.names.count == 1, let name = batch.names.first,
            let delimiter = [";", ",", "\t", "|"].first(where: { name.contains($0) })
        {
            let shown = delimiter == "\t" ? "\\t" : String(delimiter)
            return "; the file is delimited otherwise, say delimiter: \"\(shown)\" in millrace.yaml"
        }
        if let near = Suggestion.nearest(to: column, among: batch.names) { return "; did you mean '\(near)'?" }
        return "; name one of them in the mapping"
    }
}
