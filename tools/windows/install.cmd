@echo off
rem Installs for the user who runs it, without internet. ASCII only: cmd.exe reads this file in a code page that differs
rem from machine to machine; the Chinese sentences are in messages\*.txt (UTF-8) or come from Python.
setlocal
chcp 65001 >nul
set "HERE=%~dp0"
set "HOME_FOLDER=%LOCALAPPDATA%\workbook_builder"
set "PYTHON="
rem call: where python is a .bat, as with pyenv, this file would end there.
call python -c "import sys, venv; sys.exit(sys.version_info[:2] != (3, 12))" >nul 2>nul
if not errorlevel 1 set "PYTHON=python"
call py -3.12 -c "import venv" >nul 2>nul
if not errorlevel 1 set "PYTHON=py -3.12"
if not defined PYTHON goto no_python
type "%HERE%messages\installing.txt"
call %PYTHON% -m venv --clear "%HOME_FOLDER%\venv"
if errorlevel 1 goto failed
set "VENV_PYTHON=%HOME_FOLDER%\venv\Scripts\python.exe"
"%VENV_PYTHON%" -m pip install --quiet --no-index --find-links "%HERE%wheels" --require-hashes -r "%HERE%requirements.txt"
if errorlevel 1 goto failed
for %%W in ("%HERE%wheels\workbook_builder-*.whl") do "%VENV_PYTHON%" -m pip install --quiet --no-index --no-deps "%%W"
if errorlevel 1 goto failed
"%VENV_PYTHON%" -m workbook_builder.cli addin install
if errorlevel 1 goto failed
"%VENV_PYTHON%" -m workbook_builder.cli addin install --check
if errorlevel 1 goto failed
pause
exit /b 0

:no_python
type "%HERE%messages\no_python.txt"
pause
exit /b 1

:failed
type "%HERE%messages\failed.txt"
pause
exit /b 1
