@echo off
rem Takes a folder or a file dropped on it. ASCII only: the Chinese sentences come from Python.
setlocal
set "VENV_PYTHON=%LOCALAPPDATA%\workbook_builder\venv\Scripts\python.exe"
if not exist "%VENV_PYTHON%" goto not_installed
if "%~1"=="" goto nothing_dropped
"%VENV_PYTHON%" -X utf8 -m workbook_builder.cli {verb} "%~1"
pause
exit /b

:not_installed
chcp 65001 >nul
type "%~dp0messages\not_installed.txt"
pause
exit /b 1

:nothing_dropped
chcp 65001 >nul
type "%~dp0messages\nothing_dropped.txt"
pause
exit /b 2
