// tests/fuzz/semantics/known.h: where the engine is known to differ from Go.
//
// Each is a switch: true makes the model follow the engine. When the engine is mended, its switch
// goes, and with it the model's branch.

#pragma once

namespace semantics::known {

/// Go compiles a select with one case and no default to the plain operation, and a goroutine dump
/// says so (`chan receive`). The engine says `select`.
inline constexpr bool kSingleCaseSelectSaysSelect = true;
/// In Go a writer whose turn among the writers of an RWMutex is handed over decides, when it runs,
/// whether starvation mode ends: whether it is the last waiter then. In the engine it is decided
/// when the turn is handed over, so those who queue in between do not count.
inline constexpr bool kWritersStarvationEndsAtHandOver = true;
/// In Go a mutex that is handed over is not locked until its new owner runs: an Unlock in between,
/// which is a mistake, ends the process. In the engine it is locked at once.
inline constexpr bool kHandedOverIsLocked = true;
/// Go does not notice some unlocks of an RWMutex that nobody holds so (RUnlock while a writer has
/// it and a reader waits; Unlock while a writer waits for readers) and then loses or lets in a
/// reader. The engine does something else. What comes after is not looked at.
inline constexpr bool kUnnoticedUnlocksDiffer = true;

}  // namespace semantics::known
