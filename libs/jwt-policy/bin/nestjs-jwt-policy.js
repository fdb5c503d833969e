#!/usr/bin/env node
// Not the built file itself: npm links what is there when it installs, and that is before the build.
import '../dist/esm/inspect/cli.js';
