// tests/fuzz/semantics/known.h: where the engine is known to differ from Go.
//
// Each is a switch: true makes the model follow the engine. When the engine is mended, its switch
// goes, and with it the model's branch.

#pragma once

namespace semantics::known {

/// In Go a mutex that is handed over is not locked until its new owner runs: an Unlock in between,
/// which is a mistake, ends the process. In the engine it is locked at once.
inline constexpr bool kHandedOverIsLocked = true;
/// Go does not notice some unlocks of an RWMutex that nobody holds so (RUnlock while a writer has
/// it and a reader waits; Unlock while a writer waits for readers) and then loses or lets in a
/// reader. The engine does something else. What comes after is not looked at.
inline constexpr bool kUnnoticedUnlocksDiffer = true;

}  // namespace semantics::known
