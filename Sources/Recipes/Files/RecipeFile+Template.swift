extension RecipeFile {
    /// The JSON schema of recipe files.
    package static var schema: [UInt8] { PackageResources.recipe_schema_json }

    /// The files of a folder to begin with, by name.
    package static func template(name: String, system: Build.System) -> [(
        file: String, text: String
    )] {
        var text = """
            name = "\(name)"
            version = "0.1"
            summary = "what \(name) is, in one line"
            licence = "MIT"

            # What builds it: "seeds" are Debian's compiler and tools, fetched in a minute; "final", which is
            # meant when nothing is said, is the toolchain that leads back to no binary, hours of building.
            toolchain = "seeds"

            # Other recipes: programs that the build calls, and libraries that it links.
            tools = []
            inputs = []


            """
        if system != .copy {
            // A script may do without a source.
            let mark = system == .script ? "# " : ""
            text += """
                # 'nodeos-store recipe update' downloads a source and fills in an empty hash.
                \(mark)[[sources]]
                \(mark)urls = ["https://example.org/\(name)-0.1.tar.gz"]
                \(mark)hash = ""


                """
        }
        text += "[build]\n"
        switch system {
        case .script: text += "script = \"build.sh\"\n"
        case .copy: text += "system = \"copy\"\nfiles = { \"bin/\(name)\" = \"\(name).sh\" }\n"
        case .autotools: text += "system = \"autotools\"\nconfigure = []\n"
        case .make: text += "system = \"make\"\nmake = []\n"
        case .meson: text += "system = \"meson\"\noptions = []\n"
        case .unpack: text += "system = \"unpack\"\n"
        }
        var files = [(file: "recipe.toml", text: text)]
        if system == .script {
            files.append(
                (
                    "build.sh",
                    """
                    . "$setup"
                    mkdir -p "$out/bin"
                    printf '#!/bin/sh\\necho hello from \(name)\\n' >"$out/bin/\(name)"
                    chmod 755 "$out/bin/\(name)"

                    """
                ))
        } else if system == .copy {
            files.append(("\(name).sh", "#!/bin/sh\necho hello from \(name)\n"))
        }
        return files
    }
}
