// cmake/precompiled.h: what nearly every source includes, compiled once for each large target.
//
// Sources still include what they use; this only saves the time of reading it again.

#pragma once

#include <algorithm>
#include <array>
#include <charconv>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <span>
#include <string>
#include <string_view>
#include <tuple>
#include <utility>
#include <variant>
#include <vector>

#include "engine/sync/chan.h"
#include "engine/sync/context.h"
#include "engine/sync/mutex.h"
#include "engine/sync/select.h"
#include "engine/sync/shared.h"
#include "engine/sync/timer.h"
#include "engine/sync/wait_group.h"
#include "engine/task/go.h"
#include "engine/task/print.h"
#include "engine/task/run.h"
