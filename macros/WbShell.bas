Attribute VB_Name = "WbShell"
Option Explicit
' All that is Windows in the add-in, and all windows it opens. The tests in LibreOffice replace this module.

Private Const TITLE As String = "\u7533\u62a5\u5de5\u4f5c\u7c3f"
Private Const FOLDER_PICKER As Long = 4

' The file in which `workbook-builder addin install` notes its Python.
Public Function NotePath() As String
    NotePath = Environ$("APPDATA") & "\workbook_builder\addin.txt"
End Function

Public Function ResultPath() As String
    ResultPath = Temporary() & ".txt"
End Function

' Where to put a copy of the workbook of this name: under the same ending, or Excel would not open it.
Public Function CopyPath(ByVal name As String) As String
    CopyPath = Temporary() & Mid$(name, InStrRev(name, "."))
End Function

Public Sub SaveCopy(ByVal book As Workbook, ByVal path As String)
    book.SaveCopyAs path
End Sub

Private Function Temporary() As String
    Temporary = Environ$("TEMP") & "\workbook_builder_" & Format$(Now, "yyyymmddhhnnss") & Format$(Timer * 1000, "0")
End Function

Public Function IsFile(ByVal path As String) As Boolean
    IsFile = CreateObject("Scripting.FileSystemObject").FileExists(path)
End Function

' Hidden, and until it has ended; Excel still answers xlwings meanwhile.
Public Sub RunAndWait(ByVal program As String, ByVal arguments As String)
    Dim exitCode As Long
    exitCode = CreateObject("WScript.Shell").Run("""" & program & """ " & arguments, 0, True)
End Sub

Public Function WindowHandle() As String
    WindowHandle = CStr(Application.Hwnd)
End Function

Public Sub Say(ByVal text As String, ByVal isError As Boolean)
    MsgBox text, IIf(isError, vbExclamation, vbInformation), Decoded(TITLE)
End Sub

Public Function AskYesNo(ByVal prompt As String) As Boolean
    AskYesNo = (MsgBox(prompt, vbYesNo + vbQuestion, Decoded(TITLE)) = vbYes)
End Function

' Empty where it was cancelled.
Public Function AskText(ByVal prompt As String, ByVal proposal As String) As String
    AskText = InputBox(prompt, Decoded(TITLE), proposal)
End Function

' Empty where it was cancelled.
Public Function AskFolder(ByVal prompt As String) As String
    With Application.FileDialog(FOLDER_PICKER)
        .Title = prompt
        If .Show = -1 Then AskFolder = .SelectedItems(1)
    End With
End Function
