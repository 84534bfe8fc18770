#!/usr/bin/env bash
# Shows the real window on a virtual display and takes a picture of it.
#   tools/window.sh SHOT.png SECONDS PROGRAM [ARGUMENT...]
# SIZE=1280x820 is the display's size; HOOK is shell code run before the picture is taken, with the window's number in $W
# (for instance: HOOK='xdotool key --window $W F1; sleep 1'). Needs xvfb, xdotool, imagemagick and a Vulkan driver.
set -euo pipefail
shot=$1 seconds=$2
shift 2
export VK_ICD_FILENAMES="${VK_ICD_FILENAMES:-/usr/share/vulkan/icd.d/lvp_icd.x86_64.json}"
export XDG_RUNTIME_DIR="${XDG_RUNTIME_DIR:-$(mktemp -d)}" LANG="${LANG:-en_US.UTF-8}"
unset WAYLAND_DISPLAY

number=$((90 + RANDOM % 400))
Xvfb ":$number" -screen 0 "${SIZE:-1280x820}x24" -nolisten tcp >/dev/null 2>&1 &
display=$!
trap 'kill $program 2>/dev/null || true; kill $display 2>/dev/null || true' EXIT
export DISPLAY=":$number"
for _ in $(seq 50); do xdotool getdisplaygeometry >/dev/null 2>&1 && break || sleep 0.1; done

"$@" &
program=$!
W=$(timeout 60 xdotool search --sync --onlyvisible --name 'Terrasight$' | tail -1)
export W
width=${SIZE:-1280x820} height=${SIZE:-1280x820}
xdotool windowmove "$W" 0 0 windowsize "$W" "${width%x*}" "${height#*x}"
# Without a window manager keys are lost until the window has the focus.
for _ in $(seq 50); do xdotool windowfocus "$W" 2>/dev/null && break || sleep 0.1; done
sleep "$seconds"
[ -z "${HOOK:-}" ] || bash -c "$HOOK"
import -window root "$shot"
