import Glibc
import Packaging

// The worker's side as the tests start it: the same calls as the hidden command's.
Confinement.enter()
try WorkerSandbox.enter()
exit(await Worker.ofThisProcess().run())
