import Recipes
import Testing

@Suite struct InitramfsTemplateTests {
    @Test func aVariableThatNobodySetsIsNamed() throws {
        let template = try InitramfsTemplate(
            parsing: "# text\ndir /bin 0755 0 0\nfile /bin/a ${tool}/a 0755 0 0\ntree ${nodee}\n",
            name: "t")
        #expect(template.variables == ["tool": 3, "nodee": 4])
        #expect(throws: RecipesError.unknownVariable("nodee", template: "t", line: 4)) {
            try template.check(environment: ["tool": "x", "node": "y"])
        }
        #expect(throws: Never.self) {
            try template.check(environment: ["tool": "x", "nodee": "y"])
        }
    }

    @Test(arguments: [
        ("dir /a/b 0755 0 0", "the folder /a is not made"),
        ("file /a/b c 0755 0 0", "the folder /a is not made"),
        ("dir a 0755 0 0", "not an absolute path"),
        ("dir /a 755 0 0", "not a mode"),
        ("dir /a 0899 0 0", "not a mode"),
        ("sock /a 0755 0 0", "no entry of the kind"),
        ("dir /a 0755 0", "not with as many fields"),
    ]) func damageIsNamed(line: String, message: String) {
        let error = #expect(throws: RecipesError.self) {
            try InitramfsTemplate(parsing: "\n" + line, name: "t")
        }
        let text = error.map { "\($0)" } ?? ""
        #expect(text.hasPrefix("t, line 2: ") && text.contains(message), "\(text)")
    }

    @Test func thePreviewsTemplateParses() throws {
        let file = ScriptFile.initramfsTemplate
        let template = try InitramfsTemplate(
            parsing: String(decoding: file.bytes, as: UTF8.self), name: file.name)
        #expect(template.entries.count > 10)
    }
}
