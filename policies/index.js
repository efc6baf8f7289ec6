// Where Pulumi starts the pack. Its runner has put a copy of ts-node in place that is older than our compiler, and checks the types of
// all that is read: ours is alone from here on, before the first TypeScript file.
delete require.extensions[".ts"];
require("load-typescript");
require("./pack");
