@echo off
rem Takes a folder or a file dropped on it. ASCII only: the Chinese sentences come from Python.
rem Explorer passes a path without spaces unquoted, so that R&D.xlsx would be cut at the ampersand and the rest run as a
rem command: the path is taken from the command line itself, and "exit" keeps cmd from going on with the rest.
setlocal EnableDelayedExpansion
set "LINE=!cmdcmdline:"=!"
set "REST=!LINE:*%~nx0=!"
set "BY_EXPLORER=1"
if "!REST!"=="!LINE!" set "BY_EXPLORER="
set "DROPPED=!REST:~1!"
if not defined BY_EXPLORER set "DROPPED=%~1"
if not exist "!DROPPED!" set "DROPPED=%~1"
set "VENV_PYTHON=!LOCALAPPDATA!\workbook_builder\venv\Scripts\python.exe"
if not exist "!VENV_PYTHON!" goto not_installed
if "!DROPPED!"=="" goto nothing_dropped
"!VENV_PYTHON!" -X utf8 -m workbook_builder.cli {verb} "!DROPPED!"
set "CODE=!errorlevel!"
goto leave

:not_installed
chcp 65001 >nul
type "%~dp0messages\not_installed.txt"
set "CODE=1"
goto leave

:nothing_dropped
chcp 65001 >nul
type "%~dp0messages\nothing_dropped.txt"
set "CODE=2"
goto leave

:leave
pause
if defined BY_EXPLORER exit !CODE!
exit /b !CODE!
