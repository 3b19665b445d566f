import MillraceCore

/// What the names of columns and data items usually mean on shop floors, in English and German, and some in Spanish, French and Italian.
enum SignalWords {
    /// Words by what they stand for; a name is parted at capitals, blanks, `_`, `-` and points.
    private static let words: [(SourceSurvey.Look, Set<String>)] = [
        (
            .time,
            ["time", "timestamp", "ts", "zeit", "zeitstempel", "datetime", "uhrzeit", "datum", "date", "fecha", "hora"]
        ),
        (
            .operation,
            [
                "operation", "op", "opno", "vorgang", "arbeitsgang", "avo", "step", "opnr", "vorgangsnummer",
                "arbeitsgangnummer",
            ]
        ),
        (
            .order,
            [
                "order", "orderid", "orderno", "auftrag", "auftragsnr", "fa", "workorder", "wo", "job", "aufnr",
                "auftragsnummer", "fertigungsauftrag", "orden", "ordre", "ordine",
            ]
        ),
        (
            .material,
            [
                "material", "article", "artikel", "item", "product", "part", "sku", "partno", "matnr", "teil", "artnr",
                "artikelnummer", "artikelnr", "materialnummer", "articulo", "artículo", "articolo",
            ]
        ),
        (
            .equipment,
            [
                "machine", "equipment", "device", "asset", "maschine", "anlage", "station", "workcenter", "workstation",
                "press", "presse", "arbeitsplatz", "resource", "maschinennr", "maschinennummer", "maquina", "máquina",
                "macchina", "equipo", "puesto", "poste",
            ]
        ),
        (.ticket, ["ticket", "id", "uuid", "beleg", "serial", "seq", "sequence", "nr", "key", "box", "pallet"]),
        (.state, ["state", "status", "execution", "zustand", "betriebsart", "mode"]),
        (
            .amount,
            [
                "good", "scrap", "rework", "count", "parts", "pieces", "qty", "quantity", "menge", "stk", "gut",
                "ausschuss", "nacharbeit", "rejects", "rejected", "produced", "output", "counter", "total", "yield",
                "stueck", "stück", "zaehler", "zähler", "anzahl", "bad", "nok", "nio", "io", "gutmenge", "gutteile",
                "gutstück", "gutstueck", "teile", "stückzahl", "stueckzahl", "schrott", "ausschussmenge",
                "schlechtteile",
                "schlechtmenge", "nacharbeitsmenge", "piezas", "ciclos", "cantidad", "merma", "rechazo", "rebut",
                "scarto",
                "pièces", "pezzi", "cicli", "cycles",
            ]
        ),
    ]
    /// What an equipment is called where no other column names one.
    static let lines: Set<String> = ["line", "linie", "cell", "zelle"]
    private static let scrap: Set<String> = [
        "scrap", "ausschuss", "rejects", "rejected", "bad", "nok", "nio", "schrott", "ausschussmenge", "schlechtteile",
        "schlechtmenge", "merma", "rechazo", "rebut", "scarto",
    ]
    private static let rework: Set<String> = ["rework", "nacharbeit", "nacharbeitsmenge"]
    private static let states: Set<String> = [
        "active", "run", "running", "running_auto", "producing", "production", "idle", "stop", "stopped", "down",
        "fault", "alarm", "error", "setup", "ready", "wait", "waiting", "hold", "off", "on", "auto", "manual", "läuft",
        "laeuft", "steht", "störung", "stoerung", "rüsten", "ruesten", "bereit", "pause", "aus", "an",
    ]

    /// What a column's name says; nil where it says nothing.
    static func look(of name: String) -> SourceSurvey.Look? {
        let parts = parts(of: name)
        let joined = parts.joined()
        if let whole = words.first(where: { $0.1.contains(joined) })?.0 { return whole }
        // The last word says what a name is about: order_state is a state.
        for part in parts.reversed() {
            if let look = words.first(where: { $0.1.contains(part) })?.0 { return look }
        }
        return nil
    }

    /// What an agent's data item is by its type.
    static func look(ofType column: SurveyedRows.Column) -> SourceSurvey.Look? {
        switch column.selector["type"] {
        case "PART_COUNT": .counter
        case "EXECUTION", "CONTROLLER_MODE", "AVAILABILITY", "FUNCTIONAL_MODE", "EMERGENCY_STOP", "POWER_STATE",
            "DOOR_STATE", "PROCESS_STATE":
            .state
        case "PROCESS_AGGREGATE_ID" where column.selector["subType"] == "ORDER_NUMBER", "WORK_ORDER": .order
        case "PROCESS_AGGREGATE_ID" where column.selector["subType"] == "PROCESS_STEP": .operation
        case "PRODUCT_IDENTIFIER", "PART_KIND_ID", "MATERIAL": .material
        case "PART_ID", "SERIAL_NUMBER": .ticket
        default: nil
        }
    }

    /// What a log's key says; nil where it says nothing, or what only a column of its own can be.
    static func look(ofKey key: String) -> SourceSurvey.Look? {
        switch look(of: key) {
        case .time, .equipment, .ticket, nil: nil
        case let look: look
        }
    }

    /// Which quantity a counter or amount is by its name.
    static func quantity(of name: String) -> CountedQuantity {
        let parts = Set(parts(of: name))
        if !parts.isDisjoint(with: rework) { return .rework }
        return parts.isDisjoint(with: scrap) ? .good : .scrap
    }

    /// Whether values are words for what a machine does: two of them at least.
    static func areStates(_ values: [String]) -> Bool {
        values.count { states.contains($0.lowercased()) } >= 2
    }

    static func parts(of name: String) -> [String] {
        var parts: [String] = []
        var (part, isLower) = ("", false)
        for character in name {
            let ends = !(character.isLetter || character.isNumber)
            if ends || (character.isUppercase && isLower) {
                if !part.isEmpty { parts.append(part) }
                part = ""
            }
            if !ends { part += character.lowercased() }
            isLower = character.isLowercase || character.isNumber
        }
        return part.isEmpty ? parts : parts + [part]
    }
}
