/* What nearly every file of gcc's middle end includes first, compiled once (toolchain.sh,
   precompileGcc). Each of these headers has a guard, so that including it again costs nothing;
   system.h must have seen every wish for a standard header when it is read. */
#define INCLUDE_ALGORITHM
#define INCLUDE_ARRAY
#define INCLUDE_FUNCTIONAL
#define INCLUDE_LIST
#define INCLUDE_MAP
#define INCLUDE_MEMORY
#define INCLUDE_SET
#define INCLUDE_STRING
#define INCLUDE_VECTOR
#include "config.h"
#include "system.h"
#include "coretypes.h"
#include "backend.h"
#include "target.h"
#include "rtl.h"
#include "tree.h"
#include "gimple.h"
#include "predict.h"
#include "tree-pass.h"
#include "ssa.h"
#include "df.h"
