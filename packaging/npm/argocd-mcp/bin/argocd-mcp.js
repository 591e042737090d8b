#!/usr/bin/env node
// Runs the binary for this platform, which npm installed as an optional dependency: nothing is downloaded here.
"use strict";

const { spawn } = require("node:child_process");
const { constants } = require("node:os");

const platform = `${process.platform}-${process.arch}`;
let binary;
try {
  binary = require.resolve(`@argocd-mcp/${platform}/bin/argocd-mcp${process.platform === "win32" ? ".exe" : ""}`);
} catch {
  console.error(
    `There is no binary of argocd-mcp for ${platform} here. If there is one for it, npm was told to leave out ` +
      "optional dependencies (--omit=optional, --no-optional): install it again without that."
  );
  process.exit(1);
}

const child = spawn(binary, process.argv.slice(2), { stdio: "inherit" });
for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"]) {
  process.on(signal, () => child.kill(signal));
}
child.on("error", (error) => {
  console.error(`${binary} cannot be run: ${error.message}`);
  process.exit(1);
});
child.on("exit", (code, signal) => process.exit(signal ? 128 + (constants.signals[signal] ?? 0) : code));
