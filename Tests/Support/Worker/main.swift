import Glibc
import Packaging

// The worker's side as the tests start it: the same call as the hidden command's.
exit(await Worker.ofThisProcess().run())
