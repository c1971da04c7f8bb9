Attribute VB_Name = "WbBridge"
Option Explicit
' Starts workbook-builder for a button and carries out what it answers: one line per step, a verb and its words,
' separated by tabs, ASCII only, everything else as \uXXXX (workbook_builder/addin/answers.py writes them).
' Only WbShell knows Windows. ASCII only here, too: the Chinese sentences below are those needed where Python is missing.

' "Working, please wait ..."
Private Const WORKING As String = "\u6b63\u5728\u5904\u7406\uff0c\u8bf7\u7a0d\u5019\u2026"
' "The program is not installed, or was moved. Run install.cmd of the installation package (or, where it was installed
' otherwise, workbook-builder addin install), restart Excel and try again."
Private Const NOT_INSTALLED As String = "\u6ca1\u6709\u627e\u5230\u7a0b\u5e8f\uff1a\u6ca1\u6709\u5b89\u88c5\uff0c" & _
    "\u6216\u5df2\u88ab\u79fb\u8d70\u3002\u8bf7\u8fd0\u884c\u5b89\u88c5\u5305\u4e2d\u7684 install.cmd" & _
    "\uff08\u81ea\u884c\u5b89\u88c5\u7684\uff0c\u8bf7\u8fd0\u884c workbook-builder addin install\uff09\uff0c" & _
    "\u7136\u540e\u91cd\u65b0\u542f\u52a8 Excel \u518d\u8bd5\u3002"
' "The program gave no result. Please run workbook-builder addin install --check and do what it says."
Private Const NO_RESULT As String = "\u7a0b\u5e8f\u6ca1\u6709\u7ed9\u51fa\u7ed3\u679c\u3002\u8bf7\u8fd0\u884c " & _
    "workbook-builder addin install --check\uff0c\u5e76\u6309\u63d0\u793a\u5904\u7406\u3002"
' "The answer could not be shown completely: "
Private Const NOT_SHOWN As String = "\u7ed3\u679c\u6ca1\u6709\u5168\u90e8\u663e\u793a\uff1a"
Private Const AT_THE_TOP As Long = -4160

Private Clicked As Workbook
Private Added As Workbook
Private HasSaved As Boolean

Public Sub RunAction(ByVal action As String)
    Dim program As String, answers As String, again As Boolean
    On Error GoTo Failed
    program = InstalledProgram()
    If Len(program) = 0 Then
        WbShell.Say Decoded(NOT_INSTALLED), True
        Exit Sub
    End If
    Set Clicked = ActiveWorkbook
    HasSaved = False
    Do
        Application.StatusBar = Decoded(WORKING)
        again = RunOnce(program, action, answers)
    Loop While again
    Application.StatusBar = False
    Exit Sub
Failed:
    Application.StatusBar = False
    WbShell.Say Decoded(NOT_SHOWN) & Err.Description, True
End Sub

' Whether to run again, with what was answered added to answers.
Private Function RunOnce(ByVal program As String, ByVal action As String, ByRef answers As String) As Boolean
    Dim resultPath As String, textLine As Variant
    resultPath = WbShell.ResultPath()
    WbShell.RunAndWait program, Arguments(action, answers, resultPath)
    If Len(Dir(resultPath)) = 0 Then
        WbShell.Say Decoded(NO_RESULT), True
    Else
        For Each textLine In LinesOf(resultPath)
            If DoneAndAgain(Split(textLine, vbTab), answers) Then RunOnce = True
        Next textLine
        Kill resultPath
    End If
End Function

' All that Python is told; the last three are those by which xlwings finds the workbook.
Private Function Arguments(ByVal action As String, ByVal answers As String, ByVal resultPath As String) As String
    Dim words As String
    words = "-P -X utf8 -m workbook_builder.cli addin run " & action & " --result " & Encoded(resultPath) & answers
    If Not Clicked Is Nothing Then
        If Len(Clicked.Path) > 0 Then words = words & " --book " & Encoded(Clicked.Path & Application.PathSeparator & Clicked.Name)
        If Not (Clicked.Saved Or HasSaved) Then words = words & " --unsaved"
        words = words & " ""--wb=" & Clicked.Name & """ --hwnd=" & WbShell.WindowHandle() & " --from_xl=1"
    End If
    Arguments = words
End Function

' The Python that `addin install` noted; empty where it noted none, or where it is gone.
Private Function InstalledProgram() As String
    Dim program As Variant
    If Len(Dir(WbShell.NotePath())) > 0 Then
        For Each program In LinesOf(WbShell.NotePath())
            If WbShell.IsFile(Decoded(program)) Then InstalledProgram = Decoded(program)
        Next program
    End If
End Function

Private Function LinesOf(ByVal path As String) As Collection
    Dim handle As Integer, textLine As String, found As Collection
    Set found = New Collection
    handle = FreeFile
    Open path For Input As #handle
    Do While Not EOF(handle)
        Line Input #handle, textLine
        If Len(textLine) > 0 Then found.Add textLine
    Loop
    Close #handle
    Set LinesOf = found
End Function

' Carries out one line; whether it asks to run again.
Private Function DoneAndAgain(ByVal words As Variant, ByRef answers As String) As Boolean
    Dim again As Boolean
    Select Case words(0)
        Case "message", "error"
            WbShell.Say Decoded(words(1)), (words(0) = "error")
        Case "ask"
            again = Asked(words, answers)
        Case "save"
            again = SavedNow(Decoded(words(1)))
        Case "copy"
            again = CopiedNow(words(1), answers)
        Case "open"
            OpenBook Decoded(words(1)), Decoded(words(2))
        Case "select"
            GoToCell Decoded(words(1)), words(2)
        Case Else
            FillIn words
    End Select
    DoneAndAgain = again
End Function

Private Function Asked(ByVal words As Variant, ByRef answers As String) As Boolean
    Dim reply As String
    Select Case words(2)
        Case "folder"
            reply = WbShell.AskFolder(Decoded(words(3)))
        Case "yes"
            If WbShell.AskYesNo(Decoded(words(3))) Then reply = "yes"
        Case "cell"
            reply = WbShell.AskText(Decoded(words(3)), SelectedText())
        Case Else
            reply = WbShell.AskText(Decoded(words(3)), Decoded(words(4)))
    End Select
    If Len(reply) > 0 Then answers = answers & " --answer " & words(1) & "=" & Encoded(reply)
    Asked = Len(reply) > 0
End Function

Private Function SelectedText() As String
    On Error Resume Next ' a sheet may have no cells, a cell an error
    SelectedText = CStr(Application.ActiveCell.Value)
End Function

Private Function SavedNow(ByVal prompt As String) As Boolean
    If WbShell.AskYesNo(prompt) Then
        Clicked.Save
        HasSaved = True ' a workbook that calculates itself anew may never count as saved
        SavedNow = True
    End If
End Function

' A copy of the workbook as it is, which stays as it is: neither saved nor asked about.
Private Function CopiedNow(ByVal name As String, ByRef answers As String) As Boolean
    Dim path As String
    path = WbShell.CopyPath(Clicked.Name)
    WbShell.SaveCopy Clicked, path
    answers = answers & " --answer " & name & "=" & Encoded(path)
    CopiedNow = True
End Function

Private Sub OpenBook(ByVal path As String, ByVal refusal As String)
    On Error GoTo Refused
    Application.Workbooks.Open path
    Exit Sub
Refused:
    WbShell.Say refusal, True
End Sub

Private Sub GoToCell(ByVal sheetName As String, ByVal address As String)
    On Error Resume Next ' hidden sheets and cells that may not be selected: the list names the place, too
    Clicked.Activate
    Clicked.Worksheets(sheetName).Activate
    Clicked.Worksheets(sheetName).Range(address).Select
End Sub

' The verbs that fill the one sheet of the workbook that the answer adds.
Private Sub FillIn(ByVal words As Variant)
    Select Case words(0)
        Case "add"
            Set Added = Application.Workbooks.Add
            Added.Worksheets(1).Name = Decoded(words(1))
        Case "width"
            With Added.Worksheets(1).Columns(CLng(words(1)))
                .ColumnWidth = Val(words(2))
                .WrapText = True
                .VerticalAlignment = AT_THE_TOP
            End With
        Case "set"
            Added.Worksheets(1).Range(words(1)).Value = "'" & Decoded(words(2)) ' or =1+1 and 001 would not stay as they are
        Case "colour"
            Added.Worksheets(1).Range(words(1)).Interior.Color = CLng(words(2))
    End Select
End Sub

Public Function Decoded(ByVal text As String) As String
    Dim position As Long, plain As String
    position = 1
    Do While position <= Len(text)
        If Mid$(text, position, 2) = "\u" Then
            plain = plain & ChrW$(CLng("&H" & Mid$(text, position + 2, 4)))
            position = position + 6
        Else
            plain = plain & Mid$(text, position, 1)
            position = position + 1
        End If
    Loop
    Decoded = plain
End Function

' ASCII without spaces and quotes, so that no shell and no code page changes it.
Public Function Encoded(ByVal text As String) As String
    Dim position As Long, letter As String, safe As String
    For position = 1 To Len(text)
        letter = Mid$(text, position, 1)
        If letter Like "[A-Za-z0-9._-]" Then
            safe = safe & letter
        Else
            safe = safe & "\u" & LCase$(Right$("000" & Hex$(AscW(letter)), 4))
        End If
    Next position
    Encoded = safe
End Function
